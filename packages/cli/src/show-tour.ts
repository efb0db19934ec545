import type { LabStatus } from '@netloom/lab/report';

/** Tells a newcomer where the API is, how to log in, and three things to try in the lab that is up. */
export function showTour(lab: LabStatus): void {
  const [first, second] = lab.workloads;
  const elsewhere = lab.hosts.find(({ name }) => name !== first?.host);
  const netloom = 'npx netloom';
  const lines = [
    '',
    `The lab of ${lab.file} is up.`,
    `  API          ${lab.networkUrl}  (Networking v2.0; Identity v3 at ${lab.credentials.authUrl})`,
    `  credentials  export OS_CLIENT_CONFIG_FILE=${lab.cloudsFile} OS_CLOUD=netloom`,
    '',
    'Try, in another terminal:',
    ...(first && second ? [`  ${netloom} lab exec ${first.name} -- ping -c 3 ${second.addresses[0] ?? ''}`] : []),
    ...(first && elsewhere ? [`  ${netloom} lab move ${first.name} ${elsewhere.name}`] : []),
    `  OS_CLIENT_CONFIG_FILE=${lab.cloudsFile} ${netloom} status`,
    '',
    'Ctrl-C ends it; nothing stays behind.',
  ];
  console.log(lines.join('\n'));
}
