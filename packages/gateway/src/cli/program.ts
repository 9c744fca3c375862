/**
 * The command line: commands, and options made from the table of settings.
 *
 * Imports `config`, `demo` and each command.
 */
import { type Command, createCommand, InvalidArgumentError, Option } from 'commander'
import type { Override } from '../config/load-settings.ts'
import { nearestWord } from '../config/nearest-word.ts'
import { type FlagSetting, flagSettings } from '../config/settings.ts'
import { openDemo } from '../demo/demo.ts'
import { addCheck } from './check.ts'
import { addDeadLetters } from './dead-letters.ts'
import { addSchema } from './schema.ts'
import { addSize } from './size.ts'
import { addStats } from './stats.ts'

/** The settings whose port has an option of its own. */
const PORTS = [
  { key: 'listen', flag: '--port', env: 'SPILLWAY_PORT' },
  { key: 'admin', flag: '--admin-port', env: 'SPILLWAY_ADMIN_PORT' },
] as const

/** Builds the command line. `parseAsync` on it runs the command that was asked for. */
export function createProgram(version: string): Command {
  const program = createCommand('spillway')
    .description(
      'Takes events, says 202, 429 or 503 quickly and truthfully, and delivers at the pace of the consumer.',
    )
    .version(version)
  const serveCommand = addServe(program, version)
  addCheck(program)
  addSchema(program)
  addSize(program)
  addDeadLetters(program)
  addStats(program)
  program.addHelpText('after', () => `\n${serveCommand.helpInformation()}`)
  return program
}

function addServe(program: Command, version: string): Command {
  const settings = flagSettings()
  const command = program
    .command('serve', { isDefault: true })
    .description(
      'Serves the gateway; the default command. An option wins over its variable, that over the file.',
    )
    // So that a mistyped command reaches the action, which knows the nearest one.
    .allowExcessArguments()
    .showHelpAfterError('(spillway --help lists the options)')
    .addOption(new Option('--config <file>', 'The configuration, in YAML.').env('SPILLWAY_CONFIG'))
    .addOption(
      new Option(
        '--demo',
        'Shows every state within two minutes: a changing load, a slow consumer, a temporary folder.',
      ).conflicts(['config', 'dataDir']),
    )
  for (const { key, flag, env } of PORTS) {
    const description = `The port of --${key}, whatever that says.`
    command.addOption(new Option(`${flag} <port>`, description).env(env).argParser(parsePort))
  }
  for (const setting of settings) command.addOption(optionFor(setting))
  return command.action(async () => {
    const [surplus] = command.args
    if (surplus !== undefined) refuseCommand(program, surplus)
    const configPath: string | undefined = command.getOptionValue('config')
    const demo = command.getOptionValue('demo') === true ? await openDemo() : undefined
    try {
      // The server and all it stands on is loaded by no other command.
      const { serve } = await import('./serve.ts')
      await serve({ version, configPath, overrides: overridesOf(command, settings), demo })
    } catch (error) {
      await demo?.end()
      throw error
    }
  })
}

function optionFor({ flag, env, description, default: value }: FlagSetting): Option {
  return new Option(`${flag} <value>`, `${description} (default: ${value})`).env(env)
}

function overridesOf(command: Command, settings: readonly FlagSetting[]): readonly Override[] {
  const overrides: Override[] = []
  for (const { key, flag, env, default: byDefault } of settings) {
    const given: unknown = command.getOptionValue(attributeOf(flag))
    if (given === undefined) continue
    const isNumber = typeof byDefault === 'number' && /^\d+([.]\d+)?$/.test(String(given))
    overrides.push({ key, value: isNumber ? Number(given) : given, origin: originOf(command, flag, env) })
  }
  for (const { key, flag, env } of PORTS) {
    const port: unknown = command.getOptionValue(attributeOf(flag))
    if (typeof port === 'number') overrides.push({ key, port, origin: originOf(command, flag, env) })
  }
  return overrides
}

function originOf(command: Command, flag: string, env: string): string {
  return command.getOptionValueSource(attributeOf(flag)) === 'env' ? env : flag
}

/** What commander calls an option's value. */
function attributeOf(flag: string): string {
  return new Option(flag).attributeName()
}

function parsePort(given: string): number {
  const port = Number(given)
  if (/^\d+$/.test(given) && port <= 65535) return port
  throw new InvalidArgumentError('It must be a port from 0 to 65535.')
}

function refuseCommand(program: Command, word: string): never {
  const nearest = nearestWord(
    word,
    program.commands.map((command) => command.name()),
  )
  const hint = nearest === undefined ? '' : `\n(Did you mean ${nearest}?)`
  return program.error(`error: unknown command '${word}'${hint}`)
}
