/**
 * More promised than there is room for: on the disk, in memory.
 *
 * Pure; imports `warning`, `words`.
 */
import type { ResolvedSettings } from '../load-settings.ts'
import { bytesInWords, msInWords, numberInWords } from '../words.ts'
import type { StreamView, Surroundings, Warning } from './warning.ts'

/** What a stored event takes beside its payload: header, envelope, and its line in the index. */
const BESIDE_BYTES = 200
/** What the store leaves free on its volume. */
const RESERVE_BYTES = 64 * 2 ** 20
/** What an id takes that is remembered. */
const ID_BYTES = 200
/** What the process takes before it does anything. */
const IDLE_BYTES = 100 * 2 ** 20

/** Backlogs and dead letters of all streams against the volume. */
export function diskWarnings(views: readonly StreamView[], { disk }: Surroundings): readonly Warning[] {
  const stored = views
    .filter(({ settings }) => settings.store === 'disk')
    .map((view) => ({ view, bytes: mostBytesOf(view) }))
    .toSorted((a, b) => b.bytes - a.bytes)
  const [largest] = stored
  const promised = stored.reduce((sum, { bytes }) => sum + bytes, 0)
  const room = Math.max(0, disk.freeBytes + disk.storedBytes - RESERVE_BYTES)
  if (!largest || promised <= room) return []
  const names = stored.map(({ view }) => view.name).join(', ')
  const sentence = `is more than the disk: backlog and dead letters of ${names} may take ${bytesInWords(promised)} with their envelopes, and dataDir has room for ${bytesInWords(room)}; when that is full they answer 503. Lower backlog.bytes, or give dataDir a larger volume`
  return [largest.view.warn('backlog.bytes', sentence)]
}

function mostBytesOf({ settings: { backlog, deadLetters } }: StreamView): number {
  const items = backlog.items + deadLetters.items
  return backlog.bytes + deadLetters.bytes + items * BESIDE_BYTES
}

/** Windows, remembered ids and bodies against the memory. */
export function memoryWarnings(
  views: readonly StreamView[],
  { settings, memoryBytes }: { readonly settings: ResolvedSettings; readonly memoryBytes: number },
): readonly Warning[] {
  const held = views.map((view) => ({ view, bytes: heldBytesOf(view) })).toSorted((a, b) => b.bytes - a.bytes)
  const [largest] = held
  const promised = held.reduce((sum, { bytes }) => sum + bytes, settings.bodyBudget + IDLE_BYTES)
  if (!largest || promised <= memoryBytes) return []
  const sentence = `is part of more than the memory: windows, remembered ids and bodies of all streams may take ${bytesInWords(promised)}, and the process may take ${bytesInWords(memoryBytes)}; lower window.bytes, dedupe.maxKeys or bodyBudget`
  return [largest.view.warn('window', sentence)]
}

function heldBytesOf({ settings: { window, dedupe, store, deadLetters } }: StreamView): number {
  const letters = store === 'memory' ? deadLetters.bytes : 0
  return window.bytes + letters + dedupe.maxKeys * ID_BYTES
}

/** Bodies that are allowed and can never be read: with tenants nobody has more than half of the memory for them. */
export function bodyWarnings({ bodyLimit, bodyBudget, tenants }: ResolvedSettings): readonly Warning[] {
  const most = Math.floor(bodyBudget / (tenants ? 2 : 1))
  if (bodyLimit <= most) return []
  const part = tenants ? 'of which one tenant has at most half, is' : 'is'
  const sentence = `${part} less than one body of bodyLimit, ${bytesInWords(bodyLimit)}: bodies above ${bytesInWords(most)} are refused with 413; raise it, or lower bodyLimit`
  return [{ path: ['bodyBudget'], sentence: `bodyBudget, ${bytesInWords(bodyBudget)}, ${sentence}` }]
}

/** Ids that are forgotten before their time, and dead letters that have no place. */
export function keepingWarnings({ settings, warn }: StreamView): readonly Warning[] {
  const { dedupe, ingress, deadLetters } = settings
  const warnings: Warning[] = []
  const needed = ((ingress?.ratePerSecond ?? 0) * dedupe.windowMs) / 1000
  if (needed > dedupe.maxKeys) {
    const heldMs = (1000 * dedupe.maxKeys) / (ingress?.ratePerSecond ?? 1)
    const sentence = `remembers ${numberInWords(dedupe.maxKeys)} ids, which at ${numberInWords(ingress?.ratePerSecond ?? 0)} events a second (ingress) are those of ${msInWords(heldMs)}, not of ${msInWords(dedupe.windowMs)} (dedupe.windowMs): raise it to ${numberInWords(Math.ceil(needed))}, about ${bytesInWords(needed * ID_BYTES)}, or lower dedupe.windowMs`
    warnings.push(warn('dedupe.maxKeys', sentence))
  }
  if (deadLetters.items === 0 || deadLetters.bytes === 0) {
    const sentence =
      'has no place for a dead letter: the first event that cannot be delivered stops the whole stream; give it some'
    warnings.push(warn('deadLetters', sentence))
  }
  return warnings
}
