/**
 * A wrong configuration: a mistake of whoever starts the gateway.
 *
 * Imports nothing.
 */

/** Thrown before anything is started. Each fault is a sentence with its place and its remedy. */
export class ConfigError extends Error {
  readonly faults: readonly string[]

  constructor(faults: readonly string[]) {
    super(faults.join('\n'))
    this.faults = faults
  }

  override get name(): string {
    return 'ConfigError'
  }
}
