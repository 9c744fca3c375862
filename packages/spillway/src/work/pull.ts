/**
 * Pulls from a source, one item at a time, until it ends or a signal says so,
 * also while the source is silent: a `for await` loop would hang there.
 *
 * Floor 4: imports `queues`.
 */
import { listenForAbort, stopListening } from '../queues/abort-fan.ts'

/** What `pull` pulls from. Promises that a source yields are awaited. */
export type Source<T> = AsyncIterable<T> | Iterable<T | PromiseLike<T>>

/**
 * Hands each item to `take`, and asks for the next one only when `take` has resolved. Breaking off ends the source;
 * one that is in the middle of answering is told to end, and not waited for.
 *
 * @returns how many items were taken
 * @throws the signal's reason; what the source or `take` throws
 */
export async function pull<T>(
  source: Source<T>,
  signal: AbortSignal | undefined,
  take: (item: T) => Promise<void>,
): Promise<number> {
  const iterator = iteratorOf(source)
  let isSilent = false
  for (let taken = 0; ; taken++) {
    try {
      signal?.throwIfAborted()
      isSilent = true
      const answer = await (signal ? unlessAborted(answerOf(iterator), signal) : iterator.next())
      if (answer.done) return taken
      const item = await answer.value
      isSilent = false
      signal?.throwIfAborted()
      await take(item)
    } catch (error) {
      const ended = end(iterator)
      if (!isSilent) await ended
      throw error
    }
  }
}

type Pulled<T> = Iterator<T | PromiseLike<T>> | AsyncIterator<T>

function iteratorOf<T>(source: Source<T>): Pulled<T> {
  // A text is a source of letters, and no object that `in` could ask.
  return typeof source !== 'string' && Symbol.asyncIterator in source
    ? source[Symbol.asyncIterator]()
    : source[Symbol.iterator]()
}

/** What the source says next, and where that is a promise, what comes of it. */
async function answerOf<T>(iterator: Pulled<T>): Promise<IteratorResult<T, unknown>> {
  const answer = await iterator.next()
  return answer.done ? answer : { done: false, value: await answer.value }
}

/** What goes wrong at the end is not why it ends. */
async function end<T>(iterator: Pulled<T>): Promise<void> {
  try {
    await iterator.return?.()
  } catch {}
}

function unlessAborted<V>(answer: Promise<V>, signal: AbortSignal): Promise<V> {
  return new Promise((resolve, reject) => {
    // Aborted by the source, as it was asked: a signal tells nobody who begins to listen afterwards.
    if (signal.aborted) reject(signal.reason)
    const listener = signal.aborted ? undefined : listenForAbort(signal, reject)
    answer.finally(() => listener && stopListening(listener)).then(resolve, reject)
  })
}
