/**
 * The exact limit as two Lua scripts: one decision, and one that gives back.
 *
 * The state of a key is what it owes: tokens that were granted and have not
 * flowed in again, as of a time of the server, and a running sum of all that
 * was granted. A double counts both without the drift that a time stamp in
 * microseconds would have (its steps are a quarter of one). The key expires
 * when the debt is repaid, for then it says nothing that a new one would not.
 *
 * Source: the generic cell rate algorithm, ITU-T I.371, annex A, as the
 * continuous-state leaky bucket; the time is the server's (`TIME`).
 */
import { READ_TIME } from '../connection/read-time.ts'
import { type Script, script } from '../connection/script.ts'

/** Reads the key, and what it owes now. Plain statements: functions would cost a third more. */
const READ_STATE = `${READ_TIME}
local key = KEYS[1]
local rate = ARGV[1] / 1000000
local debt, at, granted = 0, now, 0
local kept = redis.call('GET', key)
if kept then debt, at, granted = struct.unpack('<ddd', kept) end
-- A clock that was set back counts as no time passed, from then on.
local steppedBack = at > now
if steppedBack then at = now end
local owes = debt - (now - at) * rate
if owes < 0 then owes = 0 end
`

/** Writes what is owed, until it is repaid. */
const KEEP = `
local ms = math.min(1e15, math.ceil(owes / rate / 1000) + 1)
redis.call('SET', key, struct.pack('<ddd', owes, now, granted), 'PX', ms)
`

/**
 * Decides. Arguments: tokens a second, burst, cost, the longest wait in microseconds.
 * Answers `{1, 0}` when granted, `{1, wait, sum}` when granted to be used after `wait` microseconds, and `{0, wait}`
 * when not: then it could be used after `wait`.
 */
export const DECIDE: Script = script(`${READ_STATE}
local cost = tonumber(ARGV[3])
local room = ARGV[2] - cost
local wait = 0
if owes > room then
  wait = math.ceil((owes - room) / rate)
  -- Rounding can leave it a trifle short: the answer is tried out.
  local step = 1
  while wait < 4e15 and math.max(0, debt - (now + wait - at) * rate) > room do
    wait = wait + step
    step = step * 2
  end
  if wait > 4e15 then wait = 4e15 end
end
if wait > tonumber(ARGV[4]) then
  if steppedBack then
    ${KEEP}
  end
  return {0, wait}
end
owes = owes + cost
granted = granted + cost
${KEEP}
if wait == 0 then return {1, 0} end
return {1, wait, string.format('%.17g', granted)}
`)

/**
 * Gives back. Arguments: tokens a second, cost, and the sum of the grant, or nothing. With the sum, all but as
 * many as were granted after it come back: those behind keep their slots, and the limit still holds.
 */
export const GIVE_BACK: Script = script(`${READ_STATE}
if not kept then return 0 end
local back = tonumber(ARGV[2])
local sum = tonumber(ARGV[3])
-- A key that granted less than that is a new one: the debt was repaid meanwhile.
if sum then back = granted < sum and 0 or back - (granted - sum) end
if back <= 0 then return 0 end
owes = owes - back
if owes <= 0 then
  redis.call('DEL', key)
  return 1
end
${KEEP}
return 1
`)
