/**
 * Says in a sentence why a listener cannot start.
 *
 * Imports `config`.
 */
import { ConfigError } from '../config/config-error.ts'
import { type Address, formatAddress } from '../config/kinds.ts'

/** Starts a listener; `setting` is the one that gives its address, for the message. */
export async function listening(start: Promise<unknown>, address: Address, setting: string): Promise<void> {
  try {
    await start
  } catch (error) {
    throw new ConfigError([explain(error, formatAddress(address), setting)])
  }
}

function explain(error: unknown, place: string, setting: string): string {
  // What listening rejects with carries the system's code.
  const { code, message } = error as NodeJS.ErrnoException
  switch (code) {
    case 'EADDRINUSE':
      return `${place} is in use by another process; stop it, or choose another port (${setting})`
    case 'EACCES':
      return `${place} may not be used by this user; choose a port above 1023 (${setting})`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${place} is no address of this machine; choose one that is (${setting})`
    default:
      return `cannot listen on ${place}: ${message} (${setting})`
  }
}
