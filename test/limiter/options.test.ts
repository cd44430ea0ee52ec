import { describe, expect, test } from 'vitest'
import { ConfigurationError, createLimiter, type Storage } from '../../src/index.ts'
import { memoryStorage } from '../../src/storage/memory/memory-storage.ts'
import { byClient } from './builders.ts'

const make = (options: Record<string, unknown>) => () => createLimiter({ key: byClient, ...options } as never)

describe('an unknown option', () => {
  test.each([
    ['defaultLimit', 'defaultLimits'],
    ['aplicationLimits', 'applicationLimits'],
    ['storageTimout', 'storageTimeout'],
    ['onstorageerror', 'onStorageError'],
    ['default_limits', 'defaultLimits'],
    // Names of Flask-Limiter.
    ['keyFunc', 'key'],
    ['key_func', 'key'],
    ['storageUri', 'storage'],
    ['storage_uri', 'storage'],
    ['headersEnabled', "headers: 'legacy'"],
    ['headerNameMapping', 'headerNames'],
    ['header_name_mapping', 'headerNames'],
    ['inMemoryFallback', 'onStorageError: { fallback: [...] }'],
    ['inMemoryFallbackEnabled', "onStorageError: 'fallback'"],
    ['swallowErrors', "onStorageError: 'allow' and onCallbackError: 'allow'"],
    ['fail_on_first_breach', 'failOnFirstBreach'],
    ['application_limits_exempt_when', 'applicationLimitsExemptWhen'],
  ])('%s is an error that names %s', (name, meant) => {
    expect(make({ [name]: true })).toThrow(ConfigurationError)
    expect(make({ [name]: true })).toThrow(`createLimiter: unknown option "${name}"; did you mean ${meant}?`)
  })

  test('like nothing we know is an error that lists what there is', () => {
    expect(make({ colour: 'red' })).toThrow(/unknown option "colour" \(options: key, defaultLimits, .*logger.*\)$/)
  })

  test('that is undefined is an error, too: it is misspelled all the same', () => {
    expect(make({ defaultLimit: undefined })).toThrow('did you mean defaultLimits?')
  })
})

describe('a value that an option cannot have', () => {
  test.each<[Record<string, unknown>, string | RegExp]>([
    [
      { defaultLimits: ['5/minute', 5] },
      "defaultLimits[1]: expected a limit such as '5 per minute', a function or an object with a limit, got 5",
    ],
    [{ defaultLimits: [{ notation: '5/minute' }] }, /^defaultLimits\[0\]: unknown option "notation"/],
    [
      { defaultLimits: [{}] },
      "defaultLimits[0]: expected a limit such as '5 per minute' or a function that gives one, got undefined",
    ],
    [
      { applicationLimits: [{ limit: '5/minute', limitValue: 1 }] },
      /^applicationLimits\[0\]: unknown option "limitValue"; did you mean limit\?/,
    ],
    [
      { defaultLimits: [{ limit: '5/minute', overrideDefaults: false }] },
      /^defaultLimits\[0\]: unknown option "overrideDefaults"/,
    ],
    [{ metaLimits: [{ limit: '5/minute', deductWhen: () => true }] }, /^metaLimits\[0\]: unknown option "deductWhen"/],
    [{ unmatchedLimits: 5 }, "unmatchedLimits: expected a list such as ['5 per minute'], got 5"],
    [
      { defaultLimits: ['5/minute'], defaultLimitsCost: 6 },
      'defaultLimits[0]: a cost of 6 can never pass the limit 5 per 1 minute',
    ],
    [{ defaultLimitsExemptWhen: true }, 'defaultLimitsExemptWhen: expected function, got true'],
    [{ defaultLimitsPerMethod: 'yes' }, 'defaultLimitsPerMethod: expected boolean, got "yes"'],
    [{ onBreach: 'log' }, 'onBreach: expected function, got "log"'],
    [{ keyPrefix: 5 }, 'keyPrefix: expected string, got 5'],
    [{ enabled: 'false' }, 'enabled: expected boolean, got "false"'],
    [{ strategy: 'moving' }, /moving-window/],
    [{ storageTimeout: 0 }, 'storageTimeout: expected milliseconds from 1 to 2^31 - 1, got 0'],
    [{ storageTimeout: Infinity }, 'storageTimeout: expected milliseconds from 1 to 2^31 - 1, got Infinity'],
    [
      { onStorageError: 'ignore' },
      "onStorageError: expected 'raise' or 'allow' or 'refuse' or 'fallback' or { fallback: ['10/minute'] }, got \"ignore\"",
    ],
    [
      { onStorageError: 'alow' },
      "onStorageError: expected 'raise' or 'allow' or 'refuse' or 'fallback' or { fallback: ['10/minute'] }, got \"alow\"; did you mean 'allow'?",
    ],
    [{ onStorageError: { fallback: [] } }, "onStorageError: fallback: expected limits such as ['10/minute'], got none"],
    [{ onStorageError: { fallback: ['often'] } }, /^onStorageError: fallback\[0\]: cannot read the limit "often"/],
    [
      { onStorageError: { fallbacks: ['1/day'] } },
      /^onStorageError: unknown option "fallbacks"; did you mean fallback\?/,
    ],
    [
      { onCallbackError: 'raises' },
      "onCallbackError: expected 'raise' or 'allow', got \"raises\"; did you mean 'raise'?",
    ],
    [{ malformedLimits: true }, "malformedLimits: expected 'raise' or 'defaults', got true"],
    [{ silence: ['WARN_NOTHING'] }, /^silence: expected codes of warnings \(WARN_.*\), got "WARN_NOTHING"$/],
    [{ clock: Date.now }, 'clock: expected an object with a method now, got function now'],
    [{ logger: () => undefined }, 'logger: expected object, got function logger'],
    [{ storage: 'postgres' }, /^storage: there is none for "postgres"/],
  ])('%o is an error that shows it and says what was expected', (options, message) => {
    expect(make(options)).toThrow(ConfigurationError)
    expect(make(options)).toThrow(message)
  })
})

describe('a condition on the response', () => {
  const late = (deductWhen: unknown) => make({ defaultLimits: [{ limit: '1/day', deductWhen: deductWhen }] })
  const swapped: readonly unknown[] = [
    (req: unknown, res: unknown) => req === res,
    (request: unknown) => request,
    function (req: unknown, res: unknown) {
      return req === res
    },
    async function named(request: unknown) {
      return request
    },
    {
      deductWhen(req: unknown, res: unknown) {
        return req === res
      },
    }.deductWhen,
  ]

  test.each(swapped)('in the order of a handler is an error: %s', (deductWhen) => {
    const message =
      /[dD]eductWhen: expected a function of \(response, request\), got one whose first parameter is called req(uest)?$/
    expect(late(deductWhen)).toThrow(message)
    expect(make({ defaultLimitsDeductWhen: deductWhen })).toThrow(message)
    expect(make({ applicationLimitsDeductWhen: deductWhen })).toThrow(message)
  })

  test.each([
    (response: unknown, request: unknown) => response === request,
    (res: unknown, req: unknown) => res === req,
    (requested: unknown) => requested,
    ({ req }: { req: unknown }) => req,
    () => true,
    function plain(this: unknown) {
      return true
    }.bind(undefined),
  ])('in its own is none: %s', (deductWhen) => {
    expect(late(deductWhen)).not.toThrow(/first parameter/)
  })
})

describe('a malformed notation', () => {
  test('throws where it is declared', () => {
    expect(make({ defaultLimits: ['1 per fortnight'] })).toThrow(
      'defaultLimits[0]: cannot read the limit "1 per fortnight": at position 6 expected second, minute',
    )
    expect(make({ metaLimits: [{ limit: '1//day' }] })).toThrow(
      'metaLimits[0]: cannot read the limit "1//day": at position 2',
    )
  })

  test("of a route is left out with malformedLimits: 'defaults', those of the limiter throw all the same", () => {
    expect(make({ defaultLimits: ['often'], malformedLimits: 'defaults' })).toThrow('defaultLimits[0]')
    const limiter = createLimiter({ key: byClient, malformedLimits: 'defaults', defaultLimits: ['1/day'], logger: {} })
    const limits = [limiter.limit('often')]
    const decide = () => limiter.decide({ client: 'ann' }, { endpoint: 'work', limits })
    expect([decide(), decide()]).toMatchObject([{ allowed: true }, { allowed: false }])
  })
})

describe('limiter.decide', () => {
  const foreign = createLimiter({ key: byClient }).limit('1/day')

  test.each<[options: unknown, message: string]>([
    [undefined, "limiter.decide: expected { endpoint: 'send-mail' } or the like, got undefined"],
    ['send-mail', 'or the like, got "send-mail"'],
    [{}, "limiter.decide: endpoint: expected a name such as 'send-mail', got undefined"],
    [{ endpoint: 'work', limit: foreign }, 'limiter.decide: unknown option "limit"; did you mean limits?'],
    [{ endpoint: 'work', limits: '1/day' }, 'of this limiter answer, got "1/day"'],
    [{ endpoint: 'work', limits: ['1/day'] }, 'of this limiter answer, got ["1/day"]'],
    [
      { endpoint: 'work', limits: [foreign] },
      'limiter.decide: limits: expected a list of what limit() and sharedLimit()',
    ],
  ])('cannot decide by %o', (options, message) => {
    const limiter = createLimiter({ key: byClient, defaultLimits: ['1/day'] })
    const decide = (): unknown => limiter.decide({ client: 'ann' }, options as never)
    expect(decide).toThrow(ConfigurationError)
    expect(decide).toThrow(message)
  })

  test.each([undefined, null, 'ann'])('cannot decide about %o', (request) => {
    const limiter = createLimiter({ key: () => 'ann', defaultLimits: ['1/day'] })
    const decide = (): unknown => limiter.decide(request as never, { endpoint: 'work' })
    expect(decide).toThrow('limiter.decide: expected an object that stands for a request, got')
  })
})

describe('options that may be', () => {
  test.each<Record<string, unknown>>([
    { defaultLimits: [] },
    { defaultLimits: [''] },
    { storage: memoryStorage() },
    { storage: { uri: 'memory://', maxKeys: 5 } },
    { storage: 'memory://', storageOptions: { maxKeys: 5 } },
    { onStorageError: { fallback: ['1/day'] } },
    { enabled: undefined },
  ])('%o', (options) => {
    expect(make(options)).not.toThrow()
  })

  test('a storage of somebody else needs no more than to be one', async () => {
    const memory = memoryStorage()
    const storage: Storage = {
      ...memory,
      name: 'mine',
      atomicity: 'batch',
      evaluate: (...args) => memory.evaluate(...args),
      forget: () => undefined,
      reset: () => 0,
      ping: () => undefined,
      close: () => undefined,
    }
    const limiter = createLimiter({ key: byClient, defaultLimits: ['1/day'], storage })
    expect(await limiter.decide({ client: 'ann' }, { endpoint: 'work' })).toMatchObject({ allowed: true })
  })

  test('options are left as they are', () => {
    const options = Object.freeze({
      key: byClient,
      defaultLimits: Object.freeze(['1/day', Object.freeze({ limit: '2/day' })]),
    })
    expect(() => createLimiter(options)).not.toThrow()
  })
})
