/**
 * The way of a batch into a stream, the same for every engine: ask the books,
 * commit, tell the books.
 */
import type { Durability } from '../protocol/receipt.ts'
import type { Admission } from './admission.ts'
import type { AppendRefusalReason, AppendResult, NewEvent } from './store.ts'
import type { StreamBook } from './stream-book.ts'

/** Why an engine could not commit. */
export interface CommitFailure {
  readonly reason: Exclude<AppendRefusalReason, 'age-full' | 'commit-full'>
  readonly detail: string
  /** Of the fresh events, the one at fault, where one is. */
  readonly index?: number
  readonly cause?: unknown
}

/** Another gateway took the same batch before: no event of it is fresh. */
export type KnownElsewhere = 'known-elsewhere'

/** What the flow needs of an engine. */
export interface Committer {
  readonly book: StreamBook
  readonly durability: Durability
  /** Why nothing can be taken now, if so. */
  blocked(): CommitFailure | undefined
  /**
   * Makes the fresh events durable and readable, and tells the books in the same turn (`book.committed`);
   * or tells why not: then no trace of them is left. A shared store may find that they are known
   * (`book.knownElsewhere`).
   */
  commit(admission: Admission, isReplay: boolean): Promise<CommitFailure | KnownElsewhere | undefined>
}

const MAX_TEXT_LENGTH = 16_384

/**
 * Stores a batch, whole or not at all.
 *
 * @throws RangeError when a text of an envelope is too long
 */
export async function append(
  engine: Committer,
  events: readonly NewEvent[],
  within?: { readonly timeoutMs: number },
): Promise<AppendResult> {
  for (const event of events) checkTexts(event)
  for (;;) {
    const blocked = engine.blocked()
    if (blocked) return { taken: false, ...blocked }
    const admitted = engine.book.admit(events)
    if (admitted.kind === 'admitted') {
      admitted.admission.timeoutMs = within?.timeoutMs
      return finish(engine, admitted.admission, false)
    }
    if (admitted.kind === 'refused') return admitted.refusal
    await admitted.until
  }
}

/** Puts events back into the backlog that were dead letters. */
export async function appendReplay(engine: Committer, events: readonly NewEvent[]): Promise<AppendResult> {
  const blocked = engine.blocked()
  if (blocked) return { taken: false, ...blocked }
  const admitted = engine.book.admitReplay(events)
  if (admitted.kind === 'admitted') return finish(engine, admitted.admission, true)
  if (admitted.kind === 'refused') return admitted.refusal
  throw new Error('a replay has no ids to wait for')
}

async function commit(
  engine: Committer,
  admission: Admission,
  isReplay: boolean,
): Promise<CommitFailure | KnownElsewhere | undefined> {
  let isCommitted = false
  try {
    const failure = await engine.commit(admission, isReplay)
    isCommitted = failure === undefined || failure === 'known-elsewhere'
    return failure
  } finally {
    if (!isCommitted) engine.book.abandoned(admission)
  }
}

async function finish(engine: Committer, admission: Admission, isReplay: boolean): Promise<AppendResult> {
  const { durability } = engine
  const { fresh, duplicates } = admission
  if (fresh.length === 0) engine.book.committed(admission)
  else {
    const failure = await commit(engine, admission, isReplay)
    if (failure === 'known-elsewhere') {
      return { taken: true, accepted: 0, duplicates: duplicates + fresh.length, durability }
    }
    if (failure) return { taken: false, ...failure }
  }
  return { taken: true, accepted: fresh.length, duplicates, durability }
}

function checkTexts({ id, tenant, contentType, key, traceparent, attributes }: NewEvent): void {
  checkText(id)
  checkText(tenant)
  checkText(contentType)
  if (key !== undefined) checkText(key)
  if (traceparent !== undefined) checkText(traceparent)
  if (attributes !== undefined) checkText(attributes)
}

function checkText(text: string): void {
  if (text.length <= MAX_TEXT_LENGTH) return
  const problem = `at most 16,384 characters long, got ${text.length}`
  throw new RangeError(`a text of an event's envelope may be ${problem}`)
}
