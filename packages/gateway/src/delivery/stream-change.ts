/**
 * What an operator may change of a stream while it runs: read, checked, and
 * applied to its settings.
 *
 * Pure; imports `config`, `protocol`.
 */
import { z } from 'zod'
import { integerFrom, positive } from '../config/kinds.ts'
import { nearestWord } from '../config/nearest-word.ts'
import type { StreamSettings } from '../config/stream-settings.ts'
import type { StreamChange } from '../protocol/state.ts'

const RATE = 'an object with ratePerSecond and burst, or null for no bound'
const CONCURRENCY = 'an integer of at least 1, or { min, max } to learn it'
/** A window is in memory: beyond that a number is a mistyped one. */
const MOST_ITEMS = 10_000_000
const MOST_AT_ONCE = 100_000
const MAX_SHOWN = 60

const rate = z
  .strictObject({ ratePerSecond: positive(), burst: integerFrom(1) }, { error: RATE })
  .nullable()
  .optional()

const atOnce = integerFrom(1).max(MOST_AT_ONCE, { error: `an integer from 1 to ${MOST_AT_ONCE}` })

const change = z.strictObject(
  {
    paused: z.boolean({ error: 'true or false' }).optional(),
    rate,
    ingress: rate,
    windowItems: integerFrom(1)
      .max(MOST_ITEMS, { error: `an integer from 1 to ${MOST_ITEMS}` })
      .optional(),
    concurrency: z
      .union(
        [
          atOnce,
          z
            .strictObject({ min: atOnce, max: atOnce })
            .refine(({ min, max }) => min <= max, { error: 'bounds with a min of at most max' }),
        ],
        { error: CONCURRENCY },
      )
      .optional(),
  },
  { error: 'an object with the settings to change' },
)

/** What a change may hold, as a JSON Schema (draft 2020-12). */
export function streamChangeJsonSchema(): Readonly<Record<string, unknown>> {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(change, { io: 'input' })
  return schema
}

/** A change, or what is wrong with it: one sentence for each fault. */
export type ReadChange =
  | { readonly ok: true; readonly change: StreamChange }
  | { readonly ok: false; readonly faults: readonly string[] }

/** Reads what was sent to change a stream with these settings. */
export function readStreamChange(given: unknown, settings: Pick<StreamSettings, 'batch'>): ReadChange {
  const read = change.safeParse(given)
  if (!read.success) {
    return { ok: false, faults: read.error.issues.flatMap((issue) => faultsOf(issue, given)) }
  }
  if (Object.keys(read.data).length === 0) {
    return { ok: false, faults: [`nothing to change; send one of ${known()}`] }
  }
  const faults = batchFault(read.data, settings)
  // Keys left out are left out, not undefined: the schema adds none.
  return faults.length > 0 ? { ok: false, faults } : { ok: true, change: read.data as StreamChange }
}

/** The settings as they are after a change. In memory the window is all that a stream holds. */
export function changedSettings(settings: StreamSettings, change: StreamChange): StreamSettings {
  const { rate, ingress, windowItems, concurrency } = change
  const items = windowItems ?? settings.window.items
  return {
    ...settings,
    ...(rate === undefined ? {} : { rate: rate ?? undefined }),
    ...(ingress === undefined ? {} : { ingress: ingress ?? undefined }),
    ...(concurrency === undefined ? {} : { concurrency }),
    window: { ...settings.window, items },
    backlog: settings.store === 'memory' ? { ...settings.backlog, items } : settings.backlog,
  }
}

function batchFault(
  { concurrency }: z.output<typeof change>,
  { batch }: Pick<StreamSettings, 'batch'>,
): readonly string[] {
  const most = typeof concurrency === 'object' ? concurrency.max : concurrency
  if (!batch || most === undefined || most >= batch.size) return []
  return [`concurrency must be at least batch.size (${batch.size}), or a batch would never fill, got ${most}`]
}

function faultsOf(issue: z.core.$ZodIssue, given: unknown): readonly string[] {
  if (issue.code === 'unrecognized_keys') {
    const place = issue.path.length === 0 ? 'a stream' : issue.path.join('.')
    return issue.keys.map((key) => {
      const nearest = nearestWord(key, Object.keys(change.shape))
      const remedy =
        nearest === undefined ? `what can be changed is ${known()}` : `did you mean "${nearest}"?`
      return `${place} has no setting ${JSON.stringify(key.slice(0, MAX_SHOWN))} to change; ${remedy}`
    })
  }
  const name = issue.path.length === 0 ? 'the body' : issue.path.join('.')
  return [`${name} must be ${issue.message}, got ${show(valueAt(given, issue.path))}`]
}

function valueAt(given: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => Reflect.get(Object(value), key), given)
}

function show(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, MAX_SHOWN)
}

function known(): string {
  return Object.keys(change.shape).join(', ')
}
