import { isIPv4, isIPv6 } from 'node:net';
import { DROP } from './drop.ts';
import type { Normalise } from './normalise.ts';

/** Networks no browser is reached from: private, loopback, link-local, carrier-grade NAT, unspecified. */
const PRIVATE_4 = /^(?:0|10|127|169\.254|192\.168|172\.(?:1[6-9]|2\d|3[01])|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\./;
const PRIVATE_6 = /^(?:::1?$|f[cd]|fe[89ab])/i;
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** client_ip_address: a public IPv4 or IPv6 address as it is (parameters/customer-information-parameters, read 2026-09-12). */
export const normaliseIpAddress: Normalise = (text) => {
  const trimmed = text.trim();
  if (trimmed === '') return DROP.empty;
  const address = MAPPED.exec(trimmed)?.[1] ?? trimmed;
  if (isIPv4(address)) return PRIVATE_4.test(address) ? DROP['private-ip'] : address;
  if (!isIPv6(address)) return DROP['invalid-ip'];
  return PRIVATE_6.test(address) ? DROP['private-ip'] : address.includes('%') ? DROP['invalid-ip'] : address;
};
