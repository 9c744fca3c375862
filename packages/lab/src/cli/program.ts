/**
 * The command line of the lab.
 */
import { type Command, createCommand } from 'commander'
import { liveCommand } from './live-command.ts'
import { replayCommand } from './replay-command.ts'
import { reportCommand } from './report-command.ts'
import { simCommand } from './sim-command.ts'
import { sizeCommand } from './size-command.ts'
import { validateCommand } from './validate-command.ts'

/** The program with all its commands; `parseAsync` runs the one that was asked for. */
export function createProgram(): Command {
  const program = createCommand('lab')
    .description('Shows what will happen under overload before it happens.')
    .showHelpAfterError('(--help lists what there is)')
    .showSuggestionAfterError()
  for (const command of [
    simCommand(),
    reportCommand(),
    validateCommand(),
    sizeCommand(),
    replayCommand(),
    liveCommand(),
  ]) {
    program.addCommand(command.showHelpAfterError('(--help lists the options)'))
  }
  return program
}
