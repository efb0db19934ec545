import { errorMaker } from '@netloom/core/errors/coded-error';

/** What a client of the API can run into before and after a request. */
export const CLIENT_ERRORS = {
  API_UNREACHABLE: {
    status: 503,
    message: 'No answer from {url}: {reason}',
    remedy: 'Check that the controller runs (netloom status) and that the address is right.',
  },
  API_REFUSED: {
    message: '{method} {path} was refused with {status} {type}: {text}',
    remedy: 'The text says what the controller objects to; change the request.',
  },
  API_LOGIN: {
    status: 401,
    message: 'The controller did not accept user "{user}" for project "{project}": {text}',
    remedy: 'Check the user, password and project in clouds.yaml or the OS_* variables.',
  },
  CREDENTIALS_MISSING: {
    message: 'No credentials: neither OS_AUTH_URL nor a cloud "{cloud}" in {places}',
    remedy:
      "Set OS_CLIENT_CONFIG_FILE to the clouds.yaml in the controller's data folder, or export OS_AUTH_URL, OS_USERNAME, OS_PASSWORD and OS_PROJECT_NAME.",
  },
  CREDENTIALS_INVALID: {
    message: '{file} does not hold usable credentials for cloud "{cloud}": {reason}',
    remedy: 'Give the cloud auth_url, username, password and project_name under "auth".',
  },
} as const;

export const clientError = errorMaker(CLIENT_ERRORS);
