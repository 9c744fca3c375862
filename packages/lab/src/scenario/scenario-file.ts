/**
 * A scenario of one's own, from YAML (or JSON, which is YAML): every fault
 * with its line and column, the value, and what to write instead.
 */
import { type Document, isMap, isNode, LineCounter, type Node, parseDocument } from 'yaml'
import type { z } from 'zod'
import { capacityOf, type Scenario } from './scenario.ts'
import { scenarioSchema } from './scenario-schema.ts'
import type { Case } from './standard.ts'

type Path = readonly PropertyKey[]

/** More arrivals than a run can be waited for. */
const MOST_ARRIVALS = 200_000_000

/**
 * Reads a scenario.
 *
 * @param fileName - how the file is called in messages
 * @throws Error with a line for each fault: `FILE:LINE:COLUMN sentence`
 */
export function readScenario(fileName: string, text: string): Case {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset)
    return `${fileName}:${line}:${col}`
  }
  refuseBroken(document, place)
  const placeOf = (path: Path): string => {
    const node: unknown = path.length === 0 ? document.contents : document.getIn(path, true)
    if (isNode(node) && node.range) return place(node.range[0])
    return path.length === 0 ? place(0) : placeOf(path.slice(0, -1))
  }
  const data: unknown = document.toJS()
  const result = scenarioSchema.safeParse(data)
  if (!result.success) {
    const faults = result.error.issues.flatMap((issue) => faultsOf(issue, data))
    throw new Error(
      faults.map(({ path, sentence }) => `${keyPlace(path) ?? placeOf(path)} ${sentence}`).join('\n'),
    )
  }
  const scenario: Scenario = result.data
  const odd = oddityOf(scenario)
  if (odd) throw new Error(`${placeOf([odd.key])} ${odd.sentence}`)
  return {
    times: Math.max(...scenario.load.map((step) => step.ratePerSecond)) / capacityOf(scenario.server),
    scenario,
  }

  function keyPlace(path: Path): string | undefined {
    const parent: unknown = path.length < 2 ? document.contents : document.getIn(path.slice(0, -1), true)
    const pair = isMap(parent)
      ? parent.items.find(({ key }) => String(key) === String(path.at(-1)))
      : undefined
    // A key of a YAML document is a node.
    const key = pair?.key as Node | undefined
    return key?.range ? place(key.range[0]) : undefined
  }
}

function refuseBroken({ errors, warnings }: Document.Parsed, place: (offset: number) => string): void {
  const broken = [...errors, ...warnings]
  if (broken.length === 0) return
  throw new Error(broken.map(({ pos, message }) => `${place(pos[0])} ${message}`).join('\n'))
}

function faultsOf(issue: z.core.$ZodIssue, data: unknown): { path: Path; sentence: string }[] {
  const name = issue.path.length === 0 ? 'the scenario' : issue.path.join('.')
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...issue.path, key],
      sentence: `${name} has no "${key}"; remove it, or see docs/reference/lab.md for what it knows`,
    }))
  }
  const value = issue.path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined),
    data,
  )
  const sentence =
    value === undefined
      ? `${name} is missing; it must be ${issue.message}`
      : `${name} must be ${issue.message}, got ${JSON.stringify(value)?.slice(0, 60) ?? String(value)}`
  return [{ path: issue.path, sentence }]
}

/** What each number alone can't show. */
function oddityOf({
  warmUpMs,
  endMs,
  load,
  trigger,
  server,
}: Scenario): { key: string; sentence: string } | undefined {
  if (warmUpMs >= endMs)
    return { key: 'warmUpMs', sentence: `warmUpMs must be before endMs (${endMs}), got ${warmUpMs}` }
  if (trigger && trigger.toMs < trigger.fromMs)
    return { key: 'trigger', sentence: 'trigger ends before it begins' }
  for (const { fromMs, toMs } of [...server.slowdowns, ...(server.stalls ?? []), ...(server.outages ?? [])]) {
    if (toMs <= fromMs)
      return {
        key: 'server',
        sentence: `server: something ends at ${toMs} ms and begins at ${fromMs} ms; toMs must be after fromMs`,
      }
  }
  const arrivals = load.reduce((sum, { fromMs, ratePerSecond }, index) => {
    const untilMs = Math.min(endMs, load[index + 1]?.fromMs ?? endMs)
    return sum + (Math.max(0, untilMs - fromMs) * ratePerSecond) / 1000
  }, 0)
  if (arrivals > MOST_ARRIVALS) {
    return {
      key: 'load',
      sentence: `load makes ${Math.round(arrivals)} arrivals, at most ${MOST_ARRIVALS} are run; lower the rates or endMs`,
    }
  }
  return undefined
}
