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

const READ_STATE = `${READ_TIME}
local rate = tonumber(ARGV[1]) / 1000000
local debt, at, granted = 0, now, 0
local kept = redis.call('GET', KEYS[1])
if kept then debt, at, granted = struct.unpack('<ddd', kept) end
-- A clock that was set back counts as no time passed, from then on.
local steppedBack = at > now
if steppedBack then at = now end
local function owed(us) return math.max(0, debt - (us - at) * rate) end
local function keep(owes, sum)
  local ms = math.min(1e15, math.ceil(owes / rate / 1000) + 1)
  redis.call('SET', KEYS[1], struct.pack('<ddd', owes, now, sum), 'PX', string.format('%.0f', ms))
end
`

/**
 * Decides. Arguments: tokens a second, burst, cost, the longest wait in microseconds.
 * Answers `{1, wait, sum}` when granted, to be used after `wait` microseconds, or `{0, wait}`: when it could be used.
 */
export const DECIDE: Script = script(`${READ_STATE}
local burst, cost, most = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local owes = owed(now)
local wait = 0
if owes + cost > burst then
  wait = math.ceil((owes + cost - burst) / rate)
  -- Rounding can leave it a trifle short: the answer is tried out.
  local step = 1
  while wait < 4e15 and owed(now + wait) + cost > burst do
    wait = wait + step
    step = step * 2
  end
  wait = math.min(wait, 4e15)
end
if wait > most then
  if steppedBack then keep(owes, granted) end
  return {0, wait}
end
keep(owes + cost, granted + cost)
return {1, wait, string.format('%.17g', granted + cost)}
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
local owes = owed(now) - back
if owes > 0 then keep(owes, granted) else redis.call('DEL', KEYS[1]) end
return 1
`)
