/**
 * `spillway check`: says what is wrong with a configuration, as `serve` would,
 * then what is right and unwise.
 *
 * Nothing is started, and nothing is asked but the disk and the memory of this
 * machine.
 *
 * Imports `config`, `read-config`, `surroundings`, `numbers`.
 */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { ConfigError } from '../config/config-error.ts'
import { type Configuration, loadConfiguration } from '../config/load-settings.ts'
import { warningsOf } from '../config/warnings/warnings-of.ts'
import { positiveNumber } from './numbers.ts'
import { readConfig } from './read-config.ts'
import { lookAround } from './surroundings.ts'

type Rates = Readonly<Record<string, number>>

interface CheckOptions {
  readonly strict?: true
  readonly rate: Rates
}

/** Adds the command and what it does. */
export function addCheck(program: Command): void {
  program
    .command('check')
    .description(
      'Checks a configuration: every fault with its line and column, then warnings of what would disappoint. Exits with 0 when it can be served, else with 1.',
    )
    .argument('<file>', 'The configuration, in YAML.')
    .addOption(new Option('--strict', 'Exits with 1 when there are warnings.'))
    .addOption(
      new Option(
        '--rate <stream=perSecond...>',
        'The events per second that consumers were measured to take, by stream: finds time bombs.',
      )
        .argParser(readRate)
        .default({}, 'the rate that the stream is held to, if it is'),
    )
    .action(async (path: string, options: CheckOptions) => {
      const file = await readConfig(path, 'give the path of a YAML file')
      const configuration = loadConfiguration(file, [], process.env)
      const count = await printWarnings(configuration, options.rate)
      process.stdout.write(
        `${path} can be served: ${contentsOf(configuration)}; ${counted(count, 'warning')}\n`,
      )
      if (options.strict && count > 0) process.exitCode = 1
    })
}

function readRate(given: string, before: Rates): Rates {
  const [name = '', rate = ''] = given.split('=')
  if (name === '' || rate === '') throw new InvalidArgumentError('It must be STREAM=RATE, as orders=800.')
  return { ...before, [name]: positiveNumber(rate) }
}

async function printWarnings({ settings, written, placeOf }: Configuration, rates: Rates): Promise<number> {
  const stranger = Object.keys(rates).find((name) => !Object.hasOwn(settings.streams, name))
  if (stranger !== undefined) {
    const known = Object.keys(settings.streams).join(', ')
    throw new ConfigError([`--rate: no stream is called "${stranger}"; there are: ${known}`])
  }
  const warnings = warningsOf({ settings, written }, { ...(await lookAround(settings.dataDir)), rates })
  const placed = warnings.map(({ path, sentence }) => ({ ...placeOf(path), sentence }))
  for (const { text, sentence } of placed.toSorted((a, b) => a.offset - b.offset)) {
    process.stdout.write(`${text} warning: ${sentence}\n`)
  }
  return warnings.length
}

function contentsOf({ settings: { streams, tenants = [] } }: Configuration): string {
  return `${counted(Object.keys(streams).length, 'stream')}, ${counted(tenants.length, 'tenant')}`
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
