/**
 * Reads the configuration's file.
 *
 * Imports `config`.
 */
import { readFile } from 'node:fs/promises'
import { ConfigError } from '../config/config-error.ts'
import type { ConfigFile } from '../config/load-settings.ts'

/** @throws ConfigError when there is none, or it can't be read; `remedy` says what names it */
export async function readConfig(path: string, remedy: string): Promise<ConfigFile> {
  try {
    return { name: path, text: await readFile(path, 'utf8') }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new ConfigError([`the configuration ${path} cannot be read (${reason}); ${remedy}`])
  }
}
