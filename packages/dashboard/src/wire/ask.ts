/**
 * One request to the admin listener: the token goes with it, and a refusal
 * becomes a sentence.
 *
 * Imports `token`.
 */
import { readToken } from './token.ts'

/** The gateway said no, or nothing. */
export class AskError extends Error {
  /** The status of the answer; `undefined` when there was none. */
  readonly status: number | undefined

  constructor(sentence: string, status?: number) {
    super(sentence)
    this.status = status
  }

  override get name(): string {
    return 'AskError'
  }
}

/** What is asked. */
export interface Question {
  readonly method?: 'GET' | 'POST' | 'PATCH'
  /** Sent as JSON. */
  readonly body?: unknown
  readonly accept?: string
  readonly signal?: AbortSignal
}

/**
 * The answer, with a status of 2xx. Paths are relative to the page, so that it works below any prefix of a proxy.
 *
 * @throws AskError when the gateway refuses or can't be reached
 */
export async function ask(path: string, question: Question = {}): Promise<Response> {
  const { method = 'GET', body, accept = 'application/json', signal } = question
  const token = readToken()
  const headers = {
    accept,
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  }
  const answer = await fetch(path, {
    method,
    headers,
    cache: 'no-store',
    credentials: 'same-origin',
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  }).catch((error: unknown) => {
    throw new AskError(
      `The gateway does not answer (${error instanceof Error ? error.message : String(error)}).`,
    )
  })
  if (answer.ok) return answer
  throw new AskError(await sentenceOf(answer), answer.status)
}

/** What a problem document says, or at least the status. */
async function sentenceOf(answer: Response): Promise<string> {
  const text = await answer.text().catch(() => '')
  try {
    const { detail } = JSON.parse(text) as { detail?: unknown } // a problem document, or not
    if (typeof detail === 'string') return detail
  } catch {
    // Something between the page and the gateway answered.
  }
  return `The gateway answered ${answer.status}${answer.statusText === '' ? '' : ` ${answer.statusText}`}.`
}
