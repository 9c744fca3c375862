import { buildSync, transformSync } from 'esbuild'
import { describe, expect, it } from 'vitest'
import { markPure } from './pure-constants.mjs'

/** What a user's bundler keeps of a module of which nothing is used. */
function leftOver(text: string): string {
  const marked = transformSync(markPure('rate.ts', text), { loader: 'ts', format: 'esm' }).code
  const bundled = buildSync({
    stdin: { contents: marked, loader: 'js' },
    bundle: true,
    format: 'esm',
    write: false,
    treeShaking: true,
  })
  return new TextDecoder().decode(bundled.outputFiles[0]?.contents).trim()
}

describe('the constants of a bundle', () => {
  it.each([
    'const RULES = { burst: integerFrom(1) }\nfunction integerFrom(min) { return { min, accepts: (v) => v >= min } }',
    'const DEFAULTS = { a: 1 }\nconst MORE = { ...DEFAULTS, b: 2 }',
    'const NOBODY = Object.freeze({})',
    'const seats = new WeakMap<object, number>()',
    'const LONG_AGO = -Number.MAX_VALUE',
    'const FOREVER_NS = 2 ** 63',
    'const words = ["a"].map((word) => word.length) as readonly number[]',
    'class Gate { readonly a = 1 }\nconst gate = new Gate()',
  ])('are left out when nobody uses them: %s', (text) => {
    expect(leftOver(text)).toBe('')
  })

  it('keep their values when somebody does', () => {
    const text =
      'const twice = (n: number) => 2 * n\nexport const VALUES = { ...{ a: 1 }, b: twice(2) } as const'
    const { code } = transformSync(markPure('rate.ts', text), { loader: 'ts', format: 'cjs' })
    const module = { exports: { VALUES: undefined } }
    new Function('module', 'exports', code)(module, module.exports)
    expect(module.exports.VALUES).toEqual({ a: 1, b: 4 })
  })

  it('leave literals and functions as they are', () => {
    const text = "const a = 1, b = 'two', c = -3\nconst e = () => Math.random()\n"
    expect(markPure('rate.ts', text)).toBe(text)
  })

  it('may not stand beside a statement that does something', () => {
    expect(() => markPure('rate.ts', 'const a = 1\nglobalThis.a = a\n')).toThrow(
      'rate.ts:2: importing a module must have no effect',
    )
  })
})
