/**
 * `spillway serve`: reads the configuration, starts the gateway, and stops it
 * when the process is told to end.
 *
 * Imports `config`, `demo`, `observe`, `server`.
 */
import closeWithGrace from 'close-with-grace'
import { ConfigError } from '../config/config-error.ts'
import { type ConfigFile, loadConfiguration, type Override } from '../config/load-settings.ts'
import { longestStopMs } from '../config/stop-time.ts'
import type { Demo } from '../demo/demo.ts'
import { createLog, logWarnings } from '../observe/log.ts'
import { Gateway } from '../server/gateway.ts'
import { readConfig } from './read-config.ts'
import { urlOf, welcome } from './welcome.ts'

/** What the command line says. */
export interface ServeOptions {
  readonly version: string
  readonly configPath: string | undefined
  readonly overrides: readonly Override[]
  /** What is served instead of a configuration file. */
  readonly demo?: Demo | undefined
}

/**
 * Resolves when the gateway serves. The process then ends on a signal, with 0 when everything accepted was delivered
 * or is stored, else with 1; a second signal ends it at once.
 *
 * @throws ConfigError when the configuration is wrong or can't be followed
 */
export async function serve(options: ServeOptions): Promise<void> {
  const { version, overrides, demo } = options
  const { settings, mask } = loadConfiguration(await configurationOf(options), overrides, process.env)
  const log = createLog(settings.logLevel, mask)
  logWarnings(log)
  const gateway = await Gateway.start(settings, log).catch((error: unknown) => {
    throw error instanceof ConfigError ? new ConfigError(error.faults.map(mask)) : error
  })
  closeWithGrace({ delay: longestStopMs(settings.drainTimeoutMs), logger: log }, async ({ signal, err }) => {
    if (err) log.error({ err }, 'stopping after a fault')
    else log.info({ signal }, 'stopping')
    demo?.quiet()
    const { undelivered, stored } = await gateway.stop()
    await demo?.end()
    if (undelivered > 0) throw new Error(`stopped; accepted and undelivered: ${undelivered}`)
    if (stored > 0) log.info({ stored }, 'stopped; what is stored is delivered after the next start')
    else log.info('stopped; everything accepted was delivered')
  })
  const saysToStdout = !Object.values(settings.streams).some(({ sink }) => sink.type === 'stdout')
  const output = saysToStdout ? process.stdout : process.stderr
  const { address, adminAddress } = gateway
  output.write(mask(welcome({ version, settings, address, adminAddress })))
  demo?.begin(urlOf(address), (line) => output.write(`${line}\n`))
}

async function configurationOf({ configPath, demo }: ServeOptions): Promise<ConfigFile | undefined> {
  if (demo) return demo.configuration
  return configPath === undefined ? undefined : readConfig(configPath, '--config names the file')
}
