import { isIPv6 } from 'node:net';
import { DROP, type Drop } from './drop.ts';
import type { Normalise } from './normalise.ts';
import { looksHashed } from './pass-hashed.ts';

/** IPv4 in dotted decimals; a leading zero might mean octal and is refused. */
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;
/** Networks no browser is reached from: private, loopback, link-local, carrier-grade NAT, unspecified, multicast, reserved (RFC 6890). */
const PRIVATE_4 =
  /^(?:0|10|127|22[4-9]|2[3-5]\d|169\.254|192\.168|172\.(?:1[6-9]|2\d|3[01])|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\./;
/** The same in IPv6, with multicast; of the short form that `canonical` gives. */
const PRIVATE_6 = /^(?:::1?$|f[cdf]|fe[89ab])/i;
const MAPPED = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/;

/** The short form, as RFC 5952 has it, in lower case. */
const canonical = (address: string): string => new URL(`http://[${address}]`).hostname.slice(1, -1);

const version4 = (address: string): string | Drop => (PRIVATE_4.test(address) ? DROP['private-ip'] : address);

const version6 = (address: string): string | Drop => {
  const short = canonical(address);
  const mapped = MAPPED.exec(short);
  if (mapped === null) return PRIVATE_6.test(short) ? DROP['private-ip'] : address;
  const bits = (Number.parseInt(mapped[1] ?? '', 16) << 16) | Number.parseInt(mapped[2] ?? '', 16);
  return version4([24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join('.'));
};

/**
 * client_ip_address: a public IPv4 or IPv6 address as it is (parameters/customer-information-parameters, read 2026-09-12). IPv4 written as IPv6
 * (::ffff:81.2.69.142) is IPv4 again.
 */
export const normaliseIpAddress: Normalise = (text) => {
  const address = text.trim();
  if (IPV4.test(address)) return version4(address);
  if (isIPv6(address) && !address.includes('%')) return version6(address);
  if (address === '') return DROP.empty;
  return looksHashed(address) ? DROP['looks-hashed'] : DROP['invalid-ip'];
};
