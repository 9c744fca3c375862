/**
 * A colour for each policy: reds for what is wrong, blues for Spillway, greens
 * for the known good patterns, greys for the rest. Each is readable on white
 * and on black.
 */
import { POLICIES, type PolicyKind } from '../policies/roster.ts'

const SHADES: Readonly<Record<PolicyKind, readonly string[]>> = {
  wrong: ['#d43d51', '#e0702e', '#b8860b', '#c2569b', '#a4573a', '#e2536f'],
  right: ['#2e9e5b', '#6a994e', '#1b998b'],
  spillway: ['#2f7de1', '#00a0c6', '#6f6ee8', '#9a5fd6', '#4c8bf5', '#3aa6a6'],
  reference: ['#8a8f98', '#767b85', '#9aa0a6', '#6e7681'],
}

/** The colour scale of these policies, in their order. */
export function coloursOf(policies: readonly string[]): { domain: string[]; range: string[] } {
  return { domain: [...policies], range: policies.map(colourOf) }
}

/** The colour of one policy. */
export function colourOf(policy: string): string {
  const kind = POLICIES[policy]?.kind ?? 'reference'
  const siblings = Object.keys(POLICIES).filter((name) => POLICIES[name]?.kind === kind)
  const shades = SHADES[kind]
  return shades[Math.max(0, siblings.indexOf(policy)) % shades.length]!
}
