/**
 * `lab validate`: the simulator proves itself.
 */
import { type Command, createCommand, Option } from 'commander'
import { markdown } from '../record/table.ts'
import { holds, THEORY_CHECKS } from '../sim/theory.ts'
import { examplesText } from './examples.ts'
import { integer } from './parse-options.ts'
import { startProgress } from './progress.ts'

/** The command. */
export function validateCommand(): Command {
  return createCommand('validate')
    .description(
      'Compares the simulator with queueing theory; fails when one comparison is out of its tolerance.',
    )
    .addOption(new Option('--quick', 'a fifth of the arrivals'))
    .addOption(new Option('--seed <number>', 'the seed').argParser(integer(0, 1e6)).default(1))
    .addHelpText('after', examplesText('validate'))
    .action(({ quick, seed }: { readonly quick?: true; readonly seed: number }) => {
      const progress = startProgress(THEORY_CHECKS.length)
      const checks = THEORY_CHECKS.map((check) => {
        const result = check(quick ? 0.2 : 1, seed)
        progress.advance(1, result.name)
        return result
      })
      progress.stop()
      const rows = checks.map((check) => [
        check.name,
        `${check.expected.toPrecision(4)} ${check.unit}`.trim(),
        `${check.measured.toPrecision(4)} ${check.unit}`.trim(),
        `${(100 * check.tolerance).toFixed(0)} %`,
        holds(check) ? 'holds' : 'FAILS',
      ])
      console.log(markdown([['check', 'theory', 'simulated', 'tolerance', ''], ...rows]))
      if (!checks.every(holds)) process.exitCode = 1
    })
}
