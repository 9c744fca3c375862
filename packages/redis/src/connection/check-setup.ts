/**
 * The first question to Redis: does it do what a limiter needs?
 */
import type { Clock } from 'spillway'
import type { Answer, RedisLink, ScriptCall } from './redis-link.ts'
import { RedisSetupError } from './setup-error.ts'

/** What is tried, and for how long. */
export interface SetupCheck {
  readonly owner: string
  readonly link: RedisLink
  readonly clock: Clock
  readonly timeoutMs: number
  readonly call: Pick<ScriptCall, 'script' | 'key' | 'args'>
  /** Reads the reply; throws when it cannot. */
  read(reply: unknown): unknown
}

const RETRY_MS = 50

/** What a patient caller can wait for: a client that is connecting, a server that is starting. */
const PASSING =
  /^LOADING|no answer within|Socket timeout|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|isn't writeable|is closed|is offline|ClientOffline|ClientClosed|Socket closed/i

/**
 * Asks until Redis answers, its refusal is one that waiting does not mend, or the time is over.
 *
 * @throws RedisSetupError that names the remedy
 */
export async function checkSetup(check: SetupCheck): Promise<void> {
  const untilMs = check.clock.nowMs() + check.timeoutMs
  for (;;) {
    const answer = await ask(check)
    const fault = answer.ok ? unreadable(check, answer.reply) : answer.fault
    if (fault === undefined) return
    const said = fault instanceof Error ? `${fault.message} ${fault.name}` : String(fault)
    const mayPass = PASSING.test(said)
    if (!mayPass || check.clock.nowMs() + RETRY_MS > untilMs) {
      throw new RedisSetupError(check.owner, fault, mayPass)
    }
    await new Promise<void>((resolve) => check.clock.schedule(RETRY_MS, resolve))
  }
}

function ask({ link, call }: SetupCheck): Promise<Answer> {
  return new Promise((resolve) => link.run({ ...call, settle: resolve }))
}

function unreadable(check: SetupCheck, reply: unknown): unknown {
  try {
    check.read(reply)
    return undefined
  } catch (fault) {
    return fault
  }
}
