/**
 * The kinds of value a setting can have. Each rule's message completes the
 * sentence "must be …"; `settings-fault.ts` adds the setting and the value.
 *
 * Pure; imports nothing of the gateway.
 */
import { BlockList, isIPv6 } from 'node:net'
import { z } from 'zod'

/** A host and a port to listen on. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** What a setting that names a file or directory must be. */
export const PATH = 'a path'

const BYTE_UNITS: Readonly<Record<string, number>> = { '': 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 }
const BYTES = /^(\d+)(KiB|MiB|GiB|)$/
const ADDRESS = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]/]+)):(\d{1,5})$/

/** A whole number of at least `min`. */
export function integerFrom(min: number): z.ZodInt {
  const expects = `an integer of at least ${min}`
  return z.int({ error: expects }).min(min, { error: expects })
}

/** Milliseconds, 0 or more. */
export function milliseconds(): z.ZodNumber {
  const expects = 'a number of milliseconds of at least 0'
  return z.number({ error: expects }).min(0, { error: expects })
}

/** A finite number above 0. */
export function positive(): z.ZodNumber {
  const expects = 'a number above 0'
  return z.number({ error: expects }).positive({ error: expects })
}

/** Text that is not empty. */
export function text(expects: string): z.ZodString {
  return z.string({ error: expects }).min(1, { error: expects })
}

/** What streams and tenants are called. */
export function name(): z.ZodString {
  const expects = 'a name of 1 to 64 of a-z 0-9 . _ -, beginning with a letter or digit'
  return z.string({ error: expects }).regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, { error: expects })
}

/** One of some words. */
export function oneOf<const W extends readonly string[]>(...words: W): z.ZodEnum<{ [K in W[number]]: K }> {
  return z.enum(words, { error: `one of ${words.join(', ')}` })
}

/** A number of bytes: a whole number, or one with a unit, as 16MiB. Read as a number. */
export function bytes(min: number): z.ZodType<number, number | string> {
  const expects = `a number of bytes of at least ${min}, plain or as KiB, MiB, GiB ("16MiB")`
  return z
    .union([z.number(), z.string()], { error: expects })
    .transform((given) => bytesOf(String(given)))
    .refine((count) => Number.isSafeInteger(count) && count >= min, { error: expects })
}

function bytesOf(given: string): number {
  const [, digits = '', unit = ''] = BYTES.exec(given) ?? []
  return digits === '' ? Number.NaN : Number(digits) * BYTE_UNITS[unit]!
}

/** HOST:PORT, an IPv6 host in brackets. Read as an `Address`. */
export function address(): z.ZodType<Address, string> {
  const expects = 'HOST:PORT with a port from 0 to 65535, as 127.0.0.1:8080 or [::1]:8080'
  return z
    .string({ error: expects })
    .transform(parseAddress)
    .refine((parsed) => parsed.port <= 65535, { error: expects })
}

/** Reads HOST:PORT; a port of `Infinity` when it is none. */
export function parseAddress(given: string): Address {
  const [, bracketed, plain, port = 'Infinity'] = ADDRESS.exec(given) ?? []
  return { host: bracketed ?? plain ?? '', port: Number(port) }
}

/** Writes an address as HOST:PORT. */
export function formatAddress({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** Whether only this machine reaches a host. */
export function isLoopback(host: string): boolean {
  const loopback = new BlockList()
  loopback.addSubnet('127.0.0.0', 8)
  loopback.addAddress('::1', 'ipv6')
  return host.toLowerCase() === 'localhost' || loopback.check(host, isIPv6(host) ? 'ipv6' : 'ipv4')
}

/** The host under which this machine reaches one that it listens on: of all addresses, loopback. */
export function reachable(host: string): string {
  return host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
}
