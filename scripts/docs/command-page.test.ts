import { describe, expect, it } from 'vitest'
import { type CommandView, commandSections, type OptionView, withCommands } from './command-page.ts'

function command(name: string, more: Partial<CommandView> = {}): CommandView {
  return {
    commands: [],
    options: [],
    registeredArguments: [],
    name: () => name,
    description: () => `Does ${name}.`,
    ...more,
  }
}

const option: OptionView = { flags: '--port <n>', description: 'The port.', mandatory: false }
const program = command('tool', {
  commands: [
    command('serve', {
      options: [
        { ...option, envVar: 'PORT', defaultValue: 80 },
        { ...option, flags: '--a|b', mandatory: true },
        { ...option, defaultValue: {}, defaultValueDescription: 'none' },
      ],
    }),
    command('letters', {
      commands: [
        command('list', {
          registeredArguments: [{ name: () => 'stream', description: 'Which.', required: true }],
        }),
      ],
    }),
  ],
})
const sections = [
  '## tool serve\n\n`tool serve [options]`\n\nDoes serve.\n\n| option | variable | meaning |\n|---|---|---|\n| `--port <n>` | `PORT` | The port. Default: 80. |\n| `--a\\|b` |  | The port. Required. |\n| `--port <n>` |  | The port. Default: none. |',
  '## tool letters list\n\n`tool letters list <stream>`\n\nDoes list.\n\n- `stream`: Which.',
]

describe('the page of commands', () => {
  it('has a section for each command that does something, with its arguments and options', () => {
    expect(commandSections(program, 'tool')).toEqual(sections)
  })

  it('keeps the prose before the first command, and replaces the rest', () => {
    const page = '# Commands\n\nProse.\n\n## spillway old\n\ngone\n'
    expect(withCommands(page, program)).toBe(`# Commands\n\nProse.\n\n${sections.join('\n\n')}\n`)
    expect(withCommands('# Commands\n', program)).toBe(`# Commands\n\n${sections.join('\n\n')}\n`)
  })
})
