/**
 * `spillway serve`: reads the configuration, starts the gateway, and stops it
 * when the process is told to end.
 *
 * Imports `config`, `observe`, `server`.
 */
import closeWithGrace from 'close-with-grace'
import { ConfigError } from '../config/config-error.ts'
import { loadConfiguration, type Override } from '../config/load-settings.ts'
import { longestStopMs } from '../config/stop-time.ts'
import { createLog } from '../observe/log.ts'
import { Gateway } from '../server/gateway.ts'
import { readConfig } from './read-config.ts'
import { welcome } from './welcome.ts'

/** What the command line says. */
export interface ServeOptions {
  readonly version: string
  readonly configPath: string | undefined
  readonly overrides: readonly Override[]
}

/**
 * Resolves when the gateway serves. The process then ends on a signal, with 0 when everything accepted was delivered
 * or is stored, else with 1; a second signal ends it at once.
 *
 * @throws ConfigError when the configuration is wrong or can't be followed
 */
export async function serve({ version, configPath, overrides }: ServeOptions): Promise<void> {
  const file = configPath === undefined ? undefined : await readConfig(configPath, '--config names the file')
  const { settings, mask } = loadConfiguration(file, overrides, process.env)
  const log = createLog(settings.logLevel, mask)
  const gateway = await Gateway.start(settings, log).catch((error: unknown) => {
    throw error instanceof ConfigError ? new ConfigError(error.faults.map(mask)) : error
  })
  closeWithGrace({ delay: longestStopMs(settings.drainTimeoutMs), logger: log }, async ({ signal, err }) => {
    if (err) log.error({ err }, 'stopping after a fault')
    else log.info({ signal }, 'stopping')
    const { undelivered, stored } = await gateway.stop()
    if (undelivered > 0) throw new Error(`stopped; accepted and undelivered: ${undelivered}`)
    if (stored > 0) log.info({ stored }, 'stopped; what is stored is delivered after the next start')
    else log.info('stopped; everything accepted was delivered')
  })
  const saysToStdout = !Object.values(settings.streams).some(({ sink }) => sink.type === 'stdout')
  const output = saysToStdout ? process.stdout : process.stderr
  const { address, adminAddress } = gateway
  output.write(mask(welcome({ version, settings, address, adminAddress })))
}
