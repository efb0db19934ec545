/** Forward secrecy and a key instead of certificates (RFC 8442's family, RFC 7905); Node offers pre-shared keys up to TLS 1.2. */
export const PSK_CIPHERS = 'ECDHE-PSK-CHACHA20-POLY1305';
export const PSK_VERSION = 'TLSv1.2';
