/**
 * `spillway size`: how big should a stream's window be? The library answers;
 * here stand the question, and the answer in words.
 *
 * Imports `spillway`, `config`, `numbers`.
 */
import { type Command, Option } from 'commander'
import { OptionError, recommendCapacity, type SizingOptions } from 'spillway'
import { ConfigError } from '../config/config-error.ts'
import { countFromOne, numberFromZero, positiveNumber } from './numbers.ts'

interface SizeOptions {
  readonly deadline: number
  readonly serviceMs?: number
  readonly serviceRate?: number
  readonly serviceP99?: number
  readonly workers: number
  readonly rate?: number
  readonly burstRate?: number
  readonly burstMs?: number
  readonly eventBytes?: number
  readonly memoryBytes?: number
}

/** Adds the command and what it does. */
export function addSize(program: Command): void {
  const number = (flags: string, description: string, read = positiveNumber): Option =>
    new Option(flags, description).argParser(read)
  program
    .command('size')
    .description('Says how big a queue should be, where the number comes from, and what no buffer can fix.')
    .addOption(
      number(
        '--deadline <ms>',
        'From the arrival of an event to the end of its delivery: later is of no use.',
      ).makeOptionMandatory(),
    )
    .addOption(number('--service-ms <ms>', 'How long one delivery takes on average.'))
    .addOption(
      number(
        '--service-p99 <ms>',
        'How long one in a hundred takes. Left out: 4.6 times the average, as of exponential times.',
        numberFromZero,
      ),
    )
    .addOption(
      number('--service-rate <perSecond>', 'What the consumer can take, instead of --service-ms.').conflicts(
        'serviceMs',
      ),
    )
    .addOption(number('--workers <count>', 'Deliveries at once.', countFromOne).default(1))
    .addOption(number('--rate <perSecond>', 'Events that arrive.'))
    .addOption(number('--burst-rate <perSecond>', 'A burst that must be held: its rate.'))
    .addOption(number('--burst-ms <ms>', 'How long that burst lasts.'))
    .addOption(number('--event-bytes <bytes>', 'The size of an event.'))
    .addOption(number('--memory-bytes <bytes>', 'What the queue may take.'))
    .action((options: SizeOptions) => {
      for (const line of answerTo(questionOf(options))) process.stdout.write(`${line}\n`)
    })
}

/** Without a measurement service times are taken for exponential, here and by the library: ln 100 = 4.6. */
const P99_OF_MEAN = Math.log(100)

function questionOf(given: SizeOptions): SizingOptions {
  const { serviceMs, serviceRate, workers, burstRate, burstMs } = given
  const serviceRatePerSecond =
    serviceRate ?? (serviceMs === undefined ? undefined : (1000 * workers) / serviceMs)
  if (serviceRatePerSecond === undefined) {
    throw new ConfigError([
      'say how long a delivery takes: --service-ms, or --service-rate with --service-p99',
    ])
  }
  if ((burstRate === undefined) !== (burstMs === undefined)) {
    throw new ConfigError(['--burst-rate and --burst-ms go together: a burst has a rate and a length'])
  }
  if (given.memoryBytes !== undefined && given.eventBytes === undefined) {
    throw new ConfigError(['--memory-bytes needs --event-bytes, the size of an event'])
  }
  const meanMs = serviceMs ?? (1000 * workers) / serviceRatePerSecond
  return {
    serviceRatePerSecond,
    serviceP99Ms: given.serviceP99 ?? P99_OF_MEAN * meanMs,
    deadlineMs: given.deadline,
    workers,
    arrivalRatePerSecond: given.rate,
    burst: burstRate && burstMs ? { ratePerSecond: burstRate, durationMs: burstMs } : undefined,
    itemBytes: given.eventBytes,
    memoryBytes: given.memoryBytes,
  }
}

function answerTo(question: SizingOptions): readonly string[] {
  const { capacity, fullQueueWaitMs, fullQueueBytes, derivation, warnings } = recommended(question)
  const bytes = fullQueueBytes === undefined ? '' : `, bytes: ${Math.ceil(fullQueueBytes)}`
  const inFile =
    capacity === 0
      ? 'No queue helps here; see below.'
      : `In the configuration: window: { items: ${capacity}${bytes} }. Full, it adds ${Math.round(fullQueueWaitMs)} ms of waiting.`
  return [
    `Capacity: ${capacity}`,
    inFile,
    '',
    'Where it comes from:',
    ...derivation.map((line) => `  ${line}`),
    '',
    'What no buffer can fix:',
    ...warnings.map((line) => `  ${line}`),
    '  A consumer that slows: the number is right for one speed. An enqueueTimeoutMs bounds the wait at any.',
  ]
}

function recommended(question: SizingOptions): ReturnType<typeof recommendCapacity> {
  try {
    return recommendCapacity(question)
  } catch (error) {
    if (!(error instanceof OptionError)) throw error
    throw new ConfigError([error.message])
  }
}
