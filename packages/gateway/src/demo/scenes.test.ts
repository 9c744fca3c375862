import { describe, expect, it } from 'vitest'
import { loadSettings } from '../config/load-settings.ts'
import { demoConfiguration } from './demo-configuration.ts'
import { CALM_LOAD, CALM_TREATMENT, type DemoStream, SCENES } from './scenes.ts'

const { streams } = loadSettings({
  name: 'demo',
  text: demoConfiguration('http://127.0.0.1:1', '/somewhere'),
})

/** What the consumer can do in its calm, in events a second. */
function capacityOf(name: DemoStream): number {
  const { serviceMs } = CALM_TREATMENT[name]
  return typeof serviceMs === 'number' ? (1000 * Number(streams[name]!.concurrency)) / serviceMs : 0
}

describe('the story of the demo', () => {
  it('takes about two minutes, and names every verdict', () => {
    expect(SCENES.reduce((sum, { seconds }) => sum + seconds, 0)).toBeLessThanOrEqual(125)
    const words = SCENES.map((scene) => scene.words).join(' ')
    for (const verdict of [
      'healthy',
      'consumer too slow',
      'inbound above capacity',
      'stalled',
      'queue too small',
    ]) {
      expect(words).toContain(verdict)
    }
  })

  it('has a stream for each way of being full, and offers each less than half of what can be done', () => {
    expect(Object.values(streams).map(({ whenFull }) => whenFull)).toEqual(['block', 'drop-oldest', 'reject'])
    for (const name of Object.keys(CALM_LOAD) as DemoStream[]) {
      expect(CALM_LOAD[name].eventsPerSecond).toBeLessThan(capacityOf(name) / 2)
    }
  })

  it('brings bursts larger than the queue of metrics, which in the mean are less than can be done', () => {
    const { eventsPerSecond, burstEveryMs } = SCENES.at(-1)!.load!.metrics!
    expect((eventsPerSecond * burstEveryMs) / 1000).toBeGreaterThan(streams['metrics']!.window.items)
    expect(eventsPerSecond).toBeLessThan(capacityOf('metrics'))
  })
})
