/**
 * Batches that cannot fill, or cannot be taken.
 *
 * Pure; imports `warning`, `words`.
 */
import type { ResolvedSettings } from '../load-settings.ts'
import { msInWords, numberInWords } from '../words.ts'
import type { StreamView, Warning } from './warning.ts'

/** Batches to the sink: what keeps them from being full. */
export function outgoingWarnings({ settings, warn }: StreamView): readonly Warning[] {
  const { batch, window, rate, orderBy, concurrency } = settings
  if (!batch) return []
  const warnings: Warning[] = []
  const late = `every batch is late by batch.intervalMs, ${msInWords(batch.intervalMs)}`
  if (batch.size > window.items) {
    const sentence = `is ${batch.size}, and only ${window.items} events are in memory (window.items): ${late}, and never full; raise window.items, or lower it`
    warnings.push(warn('batch.size', sentence))
  }
  const arriving = rate ? rate.burst + (rate.ratePerSecond * batch.intervalMs) / 1000 : batch.size
  if (rate && arriving < batch.size) {
    const sentence = `is ${batch.size}, and rate lets at most ${numberInWords(Math.floor(arriving))} events start within ${msInWords(batch.intervalMs)} (burst ${rate.burst}, ${numberInWords(rate.ratePerSecond)} a second): ${late}, and never full; raise rate.burst to ${batch.size}, or lower it`
    warnings.push(warn('batch.size', sentence))
  }
  if (typeof concurrency === 'object' && concurrency.min < batch.size) {
    const sentence = `is ${concurrency.min}, and a batch has ${batch.size} events (batch.size): while the limit is learned to be less, ${late}, and never full; raise it to ${batch.size}, or lower batch.size`
    warnings.push(warn('concurrency.min', sentence))
  }
  if (orderBy !== undefined) {
    const sentence = `with orderBy holds one event of each key, since the next of a key waits for the one before it: with fewer than ${batch.size} busy keys ${late}; leave out orderBy or batch, or lower batch.intervalMs`
    warnings.push(warn('batch', sentence))
  }
  return warnings
}

/** Batches from clients: what one limit lets in and another one never can. */
export function incomingWarnings(
  { settings: { ingress, backlog }, name, warn }: StreamView,
  { tenants = [] }: Pick<ResolvedSettings, 'tenants'>,
): readonly Warning[] {
  const warnings: Warning[] = []
  const most = Math.min(backlog.items, ingress?.burst ?? Number.POSITIVE_INFINITY)
  if (ingress && ingress.burst > backlog.items) {
    const sentence = `allows batches of ${numberInWords(ingress.burst)} events, and the stream holds ${numberInWords(backlog.items)}: larger ones are refused with 413; lower it to ${backlog.items}`
    warnings.push(warn('ingress.burst', sentence))
  }
  for (const [index, { name: tenant, rate, streams }] of tenants.entries()) {
    const sends = streams?.includes(name) ?? true
    if (!sends || !rate || !ingress || rate.burst >= most) continue
    const sentence = `tenants.${index}.burst is ${numberInWords(rate.burst)}, and stream ${name} takes batches of ${numberInWords(most)} (ingress.burst): larger ones of tenant ${tenant} are refused with 413; raise it to ${most}, or let it send smaller batches`
    warnings.push({ path: ['tenants', index, 'burst'], sentence })
  }
  return warnings
}
