import type { Readable } from 'node:stream'
export function printed(output: Readable, pattern: RegExp): Promise<RegExpExecArray>
