/**
 * What may stand neither in a path nor in a text of the project.
 */

/** A name that says nothing about what it holds. */
export const emptyNames: ReadonlySet<string> = new Set([
  'common',
  'helper',
  'helpers',
  'internal',
  'manager',
  'misc',
  'shared',
  'types',
  'util',
  'utils',
])

/** A pattern that no text may hold, and what to do instead. */
export interface TextRule {
  readonly pattern: RegExp
  readonly instead: string
  /** The paths that may hold it. */
  readonly except?: RegExp
}

/** Every rule for texts. They are read line by line. */
export const textRules: readonly TextRule[] = [
  {
    pattern: /(^|[\s'"`(=:])\/(work|root|home|Users|mnt|srv)\/[\w.-]/,
    instead: 'a path of one machine: make it relative, or ask the system for it',
    except: /^scripts\/words\//,
  },
  {
    pattern: /\.\.\/shared\b/,
    instead: 'a folder outside the project: copy what is needed into it, with its source',
    except: /^scripts\/words\//,
  },
  {
    pattern: /"resolved":\s*"https?:/,
    instead: 'the host of a registry in the lock file: .npmrc omits it, run npm install again',
    except: /^(?!package-lock\.json$)/,
  },
  {
    pattern: /\b(registry\.npmjs\.org|npm\.pkg\.github\.com)\b/i,
    instead: 'the host of a registry: a package is known by its name',
    except: /^scripts\/words\//,
  },
  {
    pattern: /\b(TODO|FIXME|XXX|HACK)\b/,
    instead: 'unfinished work: finish it, or say in prose what is absent and why',
    except: /^scripts\/words\//,
  },
  {
    pattern: /\b(it|test|describe)\.(only|skip|todo)\(/,
    instead: 'a test that does not run: mend it or remove it',
    except: /^scripts\/words\//,
  },
  {
    pattern: /@ts-(ignore|nocheck)\b/,
    instead: 'a silenced compiler: say what the type is',
    except: /^scripts\/words\//,
  },
]
