import { clientKeyOf } from '../client-key.ts'
import { escapePattern } from './single-route.ts'

/** How many slots a cluster has. */
export const SLOTS = 16_384

/**
 * A key as a cluster has it, with a hash tag before it that all keys of one client share: `{1d0f}sluice|…`. The tag is a checksum of
 * the client's key, so that it holds no brace, and so long that SCAN can skip it.
 */
export function taggedKey(key: string): string {
  return `{${tagOf(key)}}${key}`
}

/** The slot that {@link taggedKey} puts a key into. */
export function slotOfKey(key: string): number {
  return crc16(tagOf(key)) % SLOTS
}

/** What SCAN has to match for tagged keys that begin with a prefix. */
export function taggedPattern(prefix: string): string {
  return `{????}${escapePattern(prefix)}*`
}

function tagOf(key: string): string {
  return crc16(clientKeyOf(key)).toString(16).padStart(4, '0')
}

const CRC16: Uint16Array = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8
  for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc & 0x8000 ? 0x1021 : 0)
  return crc
})

/** CRC16 as a cluster computes slots (XMODEM), of a text's UTF-8 bytes. */
function crc16(text: string): number {
  let crc = 0
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit > 127) return crc16OfBytes(new TextEncoder().encode(text))
    crc = ((crc << 8) & 0xffff) ^ CRC16[(crc >>> 8) ^ unit]!
  }
  return crc
}

function crc16OfBytes(bytes: Uint8Array): number {
  let crc = 0
  for (const byte of bytes) crc = ((crc << 8) & 0xffff) ^ CRC16[(crc >>> 8) ^ byte]!
  return crc
}
