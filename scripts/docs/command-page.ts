/**
 * The commands of the gateway as Markdown, made from what `--help` is made
 * from, at the end of a page whose prose is written by hand.
 */

/** What is read of a command; commander's own has it all. */
export interface CommandView {
  readonly commands: readonly CommandView[]
  readonly options: readonly OptionView[]
  readonly registeredArguments: readonly {
    readonly description: string
    readonly required: boolean
    name(): string
  }[]
  name(): string
  description(): string
}

/** What is read of an option. */
export interface OptionView {
  readonly flags: string
  readonly description: string
  readonly envVar?: string | undefined
  readonly mandatory: boolean
  readonly defaultValue?: unknown
  readonly defaultValueDescription?: string | undefined
}

const FIRST = '\n## spillway'

/** The page with its commands as they should be: everything from the first heading of a command on. */
export function withCommands(page: string, program: CommandView): string {
  const at = page.indexOf(FIRST)
  const prose = at < 0 ? page : page.slice(0, at)
  return `${prose.trimEnd()}\n\n${commandSections(program, program.name()).join('\n\n')}\n`
}

/** A section for each command that does something. */
export function commandSections(command: CommandView, path: string): readonly string[] {
  return command.commands.flatMap((child) => {
    const childPath = `${path} ${child.name()}`
    return child.commands.length > 0 ? commandSections(child, childPath) : [sectionOf(child, childPath)]
  })
}

function sectionOf(command: CommandView, path: string): string {
  const given = command.registeredArguments
  const words = given.map((each) => (each.required ? `<${each.name()}>` : `[${each.name()}]`))
  const rows = command.options.map((option) => {
    const cells = [`\`${option.flags}\``, option.envVar ? `\`${option.envVar}\`` : '', meaningOf(option)]
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  })
  const parts = [
    `## ${path}`,
    `\`${[path, ...words, ...(rows.length > 0 ? ['[options]'] : [])].join(' ')}\``,
    command.description(),
    ...(given.length > 0
      ? [given.map((each) => `- \`${each.name()}\`: ${each.description}`).join('\n')]
      : []),
    ...(rows.length > 0 ? [['| option | variable | meaning |', '|---|---|---|', ...rows].join('\n')] : []),
  ]
  return parts.join('\n\n')
}

function meaningOf({ description, mandatory, defaultValue, defaultValueDescription }: OptionView): string {
  const byDefault = defaultValueDescription ?? (defaultValue === undefined ? undefined : String(defaultValue))
  const added = mandatory ? ' Required.' : byDefault === undefined ? '' : ` Default: ${byDefault}.`
  return `${description}${added}`
}
