/**
 * What a store on JetStream and its streams have in common.
 *
 * Imports `spillway`, `config`.
 */
import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import type { Clock } from 'spillway'
import type { JetStreamSettings } from '../../config/nats-settings.ts'

/** How long an answer to anything but events is waited for. */
export const REQUEST_TIMEOUT_MS = 2000

/** What a store and its streams have in common. */
export interface Ground {
  readonly connection: NatsConnection
  readonly client: JetStreamClient
  readonly manager: JetStreamManager
  readonly settings: JetStreamSettings
  /** Names this run. */
  readonly instance: string
  readonly clock: Clock
  wallNowMs(): number
  /** Why the broker can't be asked now, if so. */
  trouble(): string | undefined
  onSilence(detail: string): void
  onWarning(sentence: string): void
}
