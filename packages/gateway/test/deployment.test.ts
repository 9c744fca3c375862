import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { loadSettings } from '../src/config/load-settings.ts'

const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')

describe('what is shipped for running it', () => {
  it('has a configuration for the containers that the gateway takes', () => {
    const environment = { SHOP_KEY: 'a-key-of-16-chars', ADMIN_TOKEN: 'a-token-of-16-chars' }
    const file = { name: 'spillway.yaml', text: read('deploy/compose/spillway.yaml') }
    const settings = loadSettings(file, [], environment)
    expect(Object.keys(settings.streams)).toEqual(['orders', 'metrics'])
    const { drainTimeoutMs } = settings
    const compose = parse(read('deploy/compose/compose.yaml'), { merge: true })
    for (const name of ['gateway-1', 'gateway-2']) {
      const service = compose.services[name]
      expect(Number.parseInt(service.stop_grace_period, 10) * 1000).toBeGreaterThan(drainTimeoutMs)
      expect(Object.keys(service.environment)).toEqual(Object.keys(environment))
    }
  })

  it('pins every action of a workflow to a commit', () => {
    const folder = '.github/workflows'
    const names = readdirSync(new URL(`../../../${folder}`, import.meta.url))
    expect(names.toSorted()).toEqual(['check.yml', 'nightly.yml', 'release.yml'])
    for (const name of names) {
      const uses = read(`${folder}/${name}`).match(/uses: .*/g) ?? []
      expect(uses.length).toBeGreaterThan(0)
      for (const line of uses) expect(line).toMatch(/^uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v[\d.]+$/)
    }
  })

  it('runs only scripts in a workflow that the workspace has', () => {
    const { scripts } = JSON.parse(read('package.json'))
    const text = ['check', 'nightly', 'release'].map((name) => read(`.github/workflows/${name}.yml`)).join('')
    for (const [, script] of text.matchAll(/npm run ([\w:]+)/g)) expect(scripts).toHaveProperty([script!])
  })
})
