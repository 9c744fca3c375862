/**
 * What a scenario file may say, with units, bounds and defaults.
 *
 * Zod keeps the rules; the words of a fault are ours (scenario-file.ts).
 */
import { CRITICALITIES } from 'spillway'
import { z } from 'zod'

const number = (expects: string, accepts: (value: number) => boolean) =>
  z.number({ error: expects }).refine(accepts, { error: expects })

const positive = number('a finite number above 0', (value) => value > 0)
const notNegative = number('a finite number of at least 0', (value) => value >= 0)
const share = number('a share from 0 to 1', (value) => value >= 0 && value <= 1)
const integerFrom = (least: number, most: number) =>
  number(
    `an integer from ${least} to ${most}`,
    (value) => Number.isInteger(value) && value >= least && value <= most,
  )

/** A day of virtual time: enough for any question, and an end for a slip of the pen. */
const durationMs = number(
  'milliseconds above 0, at most 86400000',
  (value) => value > 0 && value <= 86_400_000,
)

const anObject = { error: 'an object' }
const aList = { error: 'a list' }
const span = { fromMs: notNegative, toMs: positive }

const server = z.strictObject(
  {
    slots: integerFrom(1, 10_000),
    service: z.strictObject(
      {
        kind: z.enum(['exponential', 'bimodal', 'fixed'], { error: 'one of exponential, bimodal, fixed' }),
        meanMs: positive,
      },
      anObject,
    ),
    slowdowns: z.array(z.strictObject({ ...span, factor: positive }, anObject), aList).default([]),
    stalls: z.array(z.strictObject(span, anObject), aList).optional(),
    outages: z.array(z.strictObject({ ...span, afterMs: positive }, anObject), aList).optional(),
    instances: z
      .strictObject(
        { count: integerFrom(1, 100), mostInside: integerFrom(1, 1e7), restartMs: positive },
        anObject,
      )
      .optional(),
  },
  anObject,
)

const clients = z.strictObject(
  {
    timeoutMs: durationMs,
    retries: integerFrom(0, 100).default(0),
    backoffMs: notNegative.default(0),
    retryRatio: share.default(1),
    calls: integerFrom(1, 100).optional(),
    classes: z
      .array(
        z.strictObject(
          { criticality: z.enum(CRITICALITIES, { error: `one of ${CRITICALITIES.join(', ')}` }), share },
          anObject,
        ),
        aList,
      )
      .min(1, { error: 'a list of at least one class' })
      .refine((classes) => Math.abs(classes.reduce((sum, each) => sum + each.share, 0) - 1) < 1e-6, {
        error: 'a list of classes whose shares add up to 1',
      })
      .default([{ criticality: 'critical', share: 1 }]),
  },
  anObject,
)

/** Steps in the order of time, the first at 0. */
const load = z
  .array(z.strictObject({ fromMs: notNegative, ratePerSecond: notNegative }, anObject), aList)
  .refine((steps) => steps[0]?.fromMs === 0, { error: 'a list of steps, the first with fromMs 0' })
  .refine((steps) => steps.every(({ fromMs }, index) => index === 0 || fromMs > steps[index - 1]!.fromMs), {
    error: 'a list of steps in the order of time',
  })

/** A scenario as a file says it. */
export const scenarioSchema = z.strictObject(
  {
    name: z.string({ error: 'a text' }).min(1, { error: 'a text that is not empty' }),
    load,
    server,
    clients,
    warmUpMs: notNegative,
    endMs: durationMs,
    trigger: z.strictObject(span, anObject).optional(),
    itemBytes: positive.optional(),
  },
  { error: 'an object with name, load, server, clients, warmUpMs and endMs' },
)
