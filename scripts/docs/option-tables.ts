/**
 * Tables of options, made of the interfaces and docstrings in the code, and
 * compared with the page that shows them.
 */
import { readFileSync } from 'node:fs'
import ts from 'typescript'

/** An interface of options, and the class that takes it. */
export interface OptionSource {
  readonly title: string
  readonly file: string
  readonly name: string
}

/** One option, as the code tells it. */
interface OptionRow {
  readonly name: string
  readonly type: string
  readonly defaultValue: string
  readonly meaning: string
}

const SOURCE = 'packages/spillway/src'

/** The options that the page shows, in its order. */
export const OPTION_SOURCES: readonly OptionSource[] = [
  { title: 'Processor', file: `${SOURCE}/work/processor-options.ts`, name: 'ProcessorOptions' },
  { title: 'Collector', file: `${SOURCE}/work/collector-options.ts`, name: 'CollectorOptions' },
  { title: 'Collector: batch', file: `${SOURCE}/work/collector-options.ts`, name: 'BatchOptions' },
  { title: 'Processor: startRate', file: `${SOURCE}/work/pacer.ts`, name: 'StartRate' },
  { title: 'Processor and Collector: retry', file: `${SOURCE}/work/retries.ts`, name: 'RetryOptions' },
  { title: 'Channel', file: `${SOURCE}/channel/channel.ts`, name: 'ChannelOptions' },
  { title: 'RateLimiter', file: `${SOURCE}/rate/rate-limiter.ts`, name: 'RateLimiterOptions' },
  {
    title: 'KeyedRateLimiter',
    file: `${SOURCE}/rate/keyed-rate-limiter.ts`,
    name: 'KeyedRateLimiterOptions',
  },
  {
    title: 'ConcurrencyLimiter',
    file: `${SOURCE}/concurrency/limiter-options.ts`,
    name: 'ConcurrencyLimiterOptions',
  },
  { title: 'Every wait', file: `${SOURCE}/options/wait-options.ts`, name: 'WaitOptions' },
]

/** The whole page. */
export function optionsPage(sources: readonly OptionSource[]): string {
  const tables = sources.map(({ title, file, name }) => {
    const rows = optionRows(readFileSync(file, 'utf8'), name)
    return `## ${title}\n\n${optionTable(rows)}`
  })
  return `# Options

Written by \`npm run docs:check -- --write\` from the docstrings in the code. An option that is unknown, missing or out of
its range is refused at construction, by name and with its value. Times are milliseconds, rates are per second.
"Required" means that there is no default: the value is a decision.

${tables.join('\n')}`
}

/** The options of one interface, in the order of the code. */
export function optionRows(code: string, name: string): OptionRow[] {
  const file = ts.createSourceFile('options.ts', code, ts.ScriptTarget.Latest, true)
  const found = file.statements.filter(ts.isInterfaceDeclaration).find((each) => each.name.text === name)
  if (!found) throw new Error(`there is no interface ${name}`)
  return found.members.filter(ts.isPropertySignature).map((member) => {
    const [doc] = ts.getJSDocCommentsAndTags(member).filter(ts.isJSDoc)
    const tag = doc?.tags?.find(({ tagName }) => tagName.text === 'defaultValue')
    const isOptional = member.questionToken !== undefined
    return {
      name: member.name.getText(),
      type: plain(member.type?.getText() ?? '').replace(/ \| undefined$/, ''),
      defaultValue: plain(ts.getTextOfJSDocComment(tag?.comment)) || (isOptional ? 'none' : 'required'),
      meaning: plain(ts.getTextOfJSDocComment(doc?.comment)) || 'See its type.',
    }
  })
}

function optionTable(rows: readonly OptionRow[]): string {
  const lines = rows.map(({ name, type, defaultValue, meaning }) => {
    const cells = [`\`${name}\``, `\`${type}\``, defaultValue, meaning].map((cell) =>
      cell.replaceAll('|', '\\|'),
    )
    return `| ${cells.join(' | ')} |`
  })
  return ['| option | type | default | meaning |', '| --- | --- | --- | --- |', ...lines, ''].join('\n')
}

function plain(text: string | undefined): string {
  return (text ?? '').replace(/\s+/g, ' ').trim()
}
