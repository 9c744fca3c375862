/**
 * Example 11: when not everything can be served, choose.
 *
 * A service can do 100 requests a second; 300 arrive. One in five is an order
 * being paid, the rest is browsing. A shedder in front of the queue sheds the
 * browsing, because the queue behind it tells how long work waits.
 *
 * Time is virtual here, so the program prints the same on every machine.
 *
 * Next: 12-retry-with-a-budget.ts
 */
import { ConcurrencyLimiter, type Criticality, PriorityShedder } from 'spillway'
import { seededRandom, VirtualClock } from 'spillway/testing'

const clock = new VirtualClock()
const shedder = new PriorityShedder({ clock, random: seededRandom(1) })
// Work takes 100 ms, ten pieces side by side: 100 a second. The queue reports each wait to the shedder.
const limiter = new ConcurrencyLimiter({ limit: 10, order: 'fifo', atTurn: shedder, clock })

const served = { critical: 0, sheddable: 0 }
const arrived = { critical: 0, sheddable: 0 }

function request(criticality: Criticality & keyof typeof served, user: string): void {
  arrived[criticality]++
  const place = shedder.tryEnter({ criticality, key: user })
  if (!place.admitted) return
  limiter.request(
    { finishWithinMs: 500 },
    {
      onAdmitted: (permit) =>
        clock.schedule(100, () => {
          served[criticality]++
          permit.end()
          place.end()
        }),
      onRefused: () => place.cancel(),
      onAborted: () => place.cancel(),
    },
  )
}

const draw = seededRandom(2)
for (let ms = 0; ms < 20_000; ms++) {
  if (draw() < 0.3) {
    const user = `user ${Math.floor(draw() * 1000)}`
    request(draw() < 0.2 ? 'critical' : 'sheddable', user)
  }
  clock.advance(1)
}
clock.advance(1000)

const share = (criticality: keyof typeof served): string =>
  `${Math.round((100 * served[criticality]) / arrived[criticality])} % of ${arrived[criticality]}`
console.log(`orders served:   ${share('critical')}`)
console.log(`browsing served: ${share('sheddable')}`)
console.log(`the service was busy: ${Math.round((served.critical + served.sheddable) / 20)} of 100 a second`)
console.log(`the line is in the class: ${shedder.stats().shedding?.criticality}`)

// Output:
// orders served:   99 % of 1196
// browsing served: 15 % of 4819
// the service was busy: 96 of 100 a second
// the line is in the class: sheddable
