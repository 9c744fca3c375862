/**
 * From a sink's settings to a sink that is ready.
 *
 * Imports the sinks, `config`.
 */
import { ConfigError } from '../config/config-error.ts'
import type { SinkSettings } from '../config/sink-settings.ts'
import { type BatchBounds, BatchingSink } from './batching-sink.ts'
import { FileSink } from './file-sink.ts'
import { HttpBatchSink } from './http-batch-sink.ts'
import { HttpSink } from './http-sink.ts'
import { ModuleSink } from './module-sink.ts'
import { NatsSink } from './nats-sink.ts'
import type { Sink } from './sink.ts'
import { StdoutSink } from './stdout-sink.ts'

/** What is opened, and for whom. */
export interface SinkOrder {
  readonly streamName: string
  readonly settings: SinkSettings
  readonly batch: BatchBounds | undefined
  readonly wallNowMs: () => number
}

/** @throws ConfigError when the sink can't be opened, naming the stream and the reason */
export async function openSink(order: SinkOrder): Promise<Sink> {
  const sink = await openPlain(order)
  return order.batch ? new BatchingSink(sink, order.batch) : sink
}

async function openPlain({ streamName, settings, batch, wallNowMs }: SinkOrder): Promise<Sink> {
  switch (settings.type) {
    case 'stdout':
      return new StdoutSink(process.stdout, settings.write)
    case 'http':
      return batch
        ? new HttpBatchSink(settings, { streamName, wallNowMs })
        : new HttpSink(settings, wallNowMs)
    case 'nats':
      return orFault(NatsSink.open(settings, streamName), (reason) => {
        return `stream ${streamName}: its sink cannot be reached (${reason}); start the server, or correct servers and credentials`
      })
    case 'file':
      return orFault(FileSink.open(settings), (reason) => {
        return `stream ${streamName}: its file ${settings.path} cannot be opened for appending (${reason}); give another path, or let this user write there`
      })
    case 'module':
      return orFault(ModuleSink.open(settings.path, settings.export, batch !== undefined), (reason) => {
        return `stream ${streamName}: its module ${settings.path} cannot be used (${reason}); give the path of a JavaScript module that exports the function`
      })
  }
}

async function orFault(opening: Promise<Sink>, sentence: (reason: string) => string): Promise<Sink> {
  try {
    return await opening
  } catch (error) {
    throw new ConfigError([sentence(error instanceof Error ? error.message : String(error))])
  }
}
