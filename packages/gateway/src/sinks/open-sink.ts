/**
 * From a sink's settings to a sink that is ready.
 *
 * Imports the sinks, `config`.
 */
import { ConfigError } from '../config/config-error.ts'
import type { SinkSettings } from '../config/settings.ts'
import { FileSink } from './file-sink.ts'
import type { Sink } from './sink.ts'
import { StdoutSink } from './stdout-sink.ts'

/** @throws ConfigError when the sink can't be opened, naming the stream and the reason */
export async function openSink(streamName: string, settings: SinkSettings): Promise<Sink> {
  if (settings.type === 'stdout') return new StdoutSink(process.stdout)
  try {
    return await FileSink.open(settings.path)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new ConfigError([
      `stream ${streamName}: its file ${settings.path} cannot be opened for appending (${reason}); ` +
        'give another path, or let this user write there',
    ])
  }
}
