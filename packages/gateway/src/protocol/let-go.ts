/**
 * Payloads that are a small part of the bytes they were found in: a copy lets
 * go of the rest. What is counted of an event is its payload; without this,
 * a body of white space around it would be kept with it, a thousand times as
 * large.
 *
 * Pure; imports nothing.
 */

/** So little more is not worth a copy. */
const SLACK_BYTES = 256

/** Payloads that keep at most twice their own bytes alive, and a little more: these, or copies. */
export function lettingGo(payloads: readonly Uint8Array[], of: Uint8Array): readonly Uint8Array[] {
  let bytes = 0
  for (const { length } of payloads) bytes += length
  if (of.length <= 2 * bytes + SLACK_BYTES) return payloads
  const copy = new Uint8Array(bytes)
  let at = 0
  return payloads.map((payload) => {
    copy.set(payload, at)
    at += payload.length
    return copy.subarray(at - payload.length, at)
  })
}
