/** What a record has but for properties that are undefined: to spread it changes nothing that it does not name. */
export function withoutUndefined<Options extends object>(options: Options): Options {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Options
}

/** A record in which what is undefined, or missing, is as another one has it. */
export function filledIn<Own extends object, Other extends object>(own: Own, other: Other): Other & Own {
  return { ...own, ...other, ...withoutUndefined(own) }
}
