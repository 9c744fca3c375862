/**
 * The shared side of leases, as a Lua script: a node reports what it holds
 * and what is asked of it, and is lent tokens of the one bucket.
 *
 * Lent tokens count as unused until the node tells that they are used: so what
 * is used in any time is what one bucket would have granted. A node is lent what
 * it wants, if the bucket has it, and holds at most `rate × lease time`. When the
 * bucket runs short each node is due its part of the rate, by demand; what others
 * are due within a quarter of the lease time is left for them. A lease that was not renewed in time ends, its tokens
 * unused, until its node tells what it had used of them.
 *
 * One key, a hash: `debt` (used, and not flowed in again), `at`, `out` (lent and unused), `demand` (of all),
 * `next` (when the first lease ends), and a field for each node.
 * `src/simulation/lease-bank.ts` is the same in TypeScript; a test compares
 * them, step by step.
 */
import { READ_TIME } from '../connection/read-time.ts'
import { type Script, script } from '../connection/script.ts'

const READ_BANK = `${READ_TIME}
local key = KEYS[1]
local rate, burst, leaseUs = tonumber(ARGV[1]) / 1000000, tonumber(ARGV[2]), tonumber(ARGV[3])
local node = 'node:' .. ARGV[4]
local bank = redis.call('HMGET', key, 'debt', 'at', 'out', 'demand', 'next', node)
local debt, at, out = tonumber(bank[1] or 0), tonumber(bank[2] or now), tonumber(bank[3] or 0)
local demands, nextEnd = tonumber(bank[4] or 0), tonumber(bank[5] or now)
-- A clock that was set back counts as no time passed, from then on.
if at > now then at = now end
debt = math.max(0, debt - (now - at) * rate)
local own = bank[6]
if bank[2] and (nextEnd <= now or nextEnd > now + leaseUs) then
  -- Leases that have ended flow back; the sums are made anew, which takes their rounding away.
  local all = redis.call('HGETALL', key)
  out, demands, nextEnd = 0, 0, now + leaseUs
  for i = 1, #all, 2 do
    if string.sub(all[i], 1, 5) == 'node:' then
      local held, ends, since, demand = struct.unpack('<dddd', all[i + 1])
      if ends <= now or ends > now + leaseUs then
        redis.call('HDEL', key, all[i])
        if all[i] == node then own = false end
      else
        out, demands, nextEnd = out + held, demands + demand, math.min(nextEnd, ends)
      end
    end
  end
end
local ownHeld, ownSince, ownDemand = 0, now - leaseUs / 4, 0
if own then
  local ends
  ownHeld, ends, ownSince, ownDemand = struct.unpack('<dddd', own)
  out, demands = math.max(0, out - ownHeld), math.max(0, demands - ownDemand)
end
local function number(value) return string.format('%.17g', value) end
local function keep(fields)
  redis.call('HSET', key, 'debt', number(debt), 'at', number(now), 'out', number(out),
    'demand', number(demands), 'next', number(nextEnd), unpack(fields))
  local ms = math.min(1e15, math.ceil(math.max(debt / rate, leaseUs) / 1000) + 1)
  redis.call('PEXPIRE', key, string.format('%.0f', ms))
end
`

/**
 * Renews a lease. Arguments: tokens a second, burst, lease time in microseconds, node, tokens it holds, tokens it
 * gives back, tokens it wants, the least that helps it, its demand in tokens a second, tokens it used since the last answer.
 * Answers `{granted, wait}`: `wait` is in microseconds until the least would be there, 0 when it is.
 */
export const RENEW: Script = script(`${READ_BANK}
local held, back, want = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local least, demand = tonumber(ARGV[8]), tonumber(ARGV[9]) / 1000000
debt = own and math.max(0, debt + ownHeld - held - back) or debt + ARGV[10]
local all = demands + demand
local part = all > 0 and demand / all or 1
local share = rate * part
local due = share * math.min(math.max(0, now - ownSince), leaseUs)
local left = rate * leaseUs / 4 * (1 - part)
local free = math.max(0, burst - debt - out - held)
local room = math.max(rate * leaseUs - held, least)
local granted = math.max(0, math.min(want, free, room, math.max(due, free - left)))
local wait = 0
local missing = least - granted
if missing > 0 then
  local alone = math.max(0, (missing + left - (free - granted)) / rate)
  local shared = share > 0 and missing / share or alone
  wait = math.ceil(math.max((missing - (free - granted)) / rate, math.min(alone, shared))) + 1
end
out, demands = out + held + granted, all
nextEnd = math.min(nextEnd, now + leaseUs)
if nextEnd <= now then nextEnd = now + leaseUs end
keep({node, struct.pack('<dddd', held + granted, now + leaseUs, now, demand)})
return {number(granted), string.format('%.0f', math.min(wait, 4e15))}
`)

/** Ends a lease. Arguments: as for a renewal, up to the tokens it holds, which it gives back; tokens it used since the last answer. */
export const RELEASE: Script = script(`${READ_BANK}
local back = tonumber(ARGV[5])
debt = own and math.max(0, debt + ownHeld - back) or debt + ARGV[6]
redis.call('HDEL', key, node)
if debt == 0 and out == 0 then redis.call('DEL', key) else keep({}) end
return 1
`)
