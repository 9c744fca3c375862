// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables in texts are the subject
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ConfigError } from './config-error.ts'
import { disguise, type Environment, expand, undisguised } from './environment.ts'
import { loadSettings } from './load-settings.ts'

const SINK = 'sink: { type: stdout }'

function load(text: string, environment: Environment): ReturnType<typeof loadSettings> {
  return loadSettings({ name: 'f', text }, [], environment)
}

function faults(text: string, environment: Environment): readonly string[] {
  try {
    load(text, environment)
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
  return []
}

describe('a variable in a configuration', () => {
  it('stands anywhere in a text, quoted or not, also where braces mean something to YAML', () => {
    const environment = { HOST: 'shop.example', KEY: 'a-key-of-sixteen-characters', DIR: '/var/lib' }
    const { dataDir, tenants, cors } = load(
      'dataDir: ${DIR}/spillway\ntenants: [{ name: shop, key: ${KEY} }]\ncors: { origins: ["https://${HOST}", "https://www.${HOST}"] }\n',
      environment,
    )
    expect(dataDir).toBe('/var/lib/spillway')
    expect(tenants?.[0]?.keys[0]?.reveal()).toBe(environment.KEY)
    expect(cors?.origins).toEqual(['https://shop.example', 'https://www.shop.example'])
  })

  it('is a text as it is: what it holds is no YAML, and names no other variable', () => {
    expect(load('dataDir: ${DIR}\n', { DIR: '{ a: ${B} } # c' }).dataDir).toBe('{ a: ${B} } # c')
  })

  it('is a number where a number is wanted', () => {
    const text = `maxConnections: \${N}\nstreams:\n  a: { class: best-effort, window: { items: "\${N}" }, whenFull: reject, concurrency: \${N}, ${SINK} }\n`
    const settings = load(text, { N: '5' })
    const { window, concurrency } = settings.streams['a']!
    expect([settings.maxConnections, window.items, concurrency]).toEqual([5, 5, 5])
    expect(load('maxConnections: ${N}\n', { N: '007' }).maxConnections).toBe(7)
    expect(faults('maxConnections: ${N}\n', { N: '-1' })).toEqual([
      'f:1:17 maxConnections must be an integer of at least 1, got "${N}"',
    ])
  })

  it('that is not set is a fault with its place and its remedy, beside all others', () => {
    expect(faults('logLevel: loud\ndataDir: x/${NO_DIR}/y\nbodyLimit: ${SIZE}\n', {})).toEqual([
      'f:1:11 logLevel must be one of debug, info, warn, error, silent, got "loud"',
      'f:2:10 the variable NO_DIR is not set; set it where the gateway is started, or write $${ for a plain ${',
      'f:3:12 the variable SIZE is not set; set it where the gateway is started, or write $${ for a plain ${',
    ])
    expect(faults('dataDir: "${NOT-A-NAME}"\n', {})).toEqual([
      'f:1:10 ${NOT-A-NAME} names no variable; a name is of letters, digits and _, and $${ stands for a plain ${',
    ])
  })

  it('is shown by its name in every message, never by its value', () => {
    expect(faults('bodyLimit: ${SIZE}\nadmin: ${WHERE}:80\n', { SIZE: 'hidden1', WHERE: 'hidden2' })).toEqual(
      [
        'f:1:12 bodyLimit must be a number of bytes of at least 1, plain or as KiB, MiB, GiB ("16MiB"), got "${SIZE}"',
      ],
    )
    expect(faults('admin: ${WHERE}:80\n', { WHERE: 'hidden2' })[0]).toMatch(/, got "\$\{WHERE\}:80"$/)
  })

  it('is not meant where there are two dollars', () => {
    const { dataDir } = load('dataDir: "a/$${X}/$${/$Y"\n', { X: 'no' })
    expect(dataDir).toBe('a/${X}/${/$Y')
  })
})

it('disguising keeps every character in its place, and is undone, in any text', () => {
  const text = fc.stringMatching(/^([a-z${}:\n, ]|\$\{[A-Z]+\}){0,40}$/)
  fc.assert(
    fc.property(text, (given) => {
      expect(disguise(given)).toHaveLength(given.length)
      expect(undisguised(disguise(given))).toBe(given)
    }),
  )
})

it('a value is put in exactly once, whatever it holds', () => {
  fc.assert(
    fc.property(fc.string(), (value) => {
      expect(expand({ k: ['<${V}>'] }, { V: value }).data).toEqual({ k: [`<${value}>`] })
    }),
  )
})
