/**
 * `spillway schema`: the configuration as a JSON Schema, by which an editor
 * completes and checks a file while it is written.
 *
 * Imports `config`.
 */
import type { Command } from 'commander'
import { settingsJsonSchema } from '../config/settings.ts'

/** Adds the command and what it does. */
export function addSchema(program: Command): void {
  program
    .command('schema')
    .description('Prints the JSON Schema of the configuration, for an editor.')
    .action(() => {
      process.stdout.write(`${JSON.stringify(settingsJsonSchema(), undefined, 2)}\n`)
    })
}
