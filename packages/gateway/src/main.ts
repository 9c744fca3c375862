#!/usr/bin/env node
/**
 * The `spillway` command.
 *
 * Imports `cli`, `config`.
 */
import { readFileSync } from 'node:fs'
import { createProgram } from './cli/program.ts'
import { ConfigError } from './config/config-error.ts'

const manifest: { version: string } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
)

try {
  await createProgram(manifest.version).parseAsync()
} catch (error) {
  if (!(error instanceof ConfigError)) throw error
  for (const fault of error.faults) process.stderr.write(`spillway: ${fault}\n`)
  process.exit(1)
}
