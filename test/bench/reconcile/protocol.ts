/** What the bench asks of the process that plays the provider. */
export type CloudRequest =
  | {
      readonly kind: 'fill';
      readonly zone: string;
      readonly volumes: readonly {readonly name: string; readonly tags: readonly string[]}[];
    }
  /** Calls since the last time, and forgets them. */
  | {readonly kind: 'calls'};

export type CloudAnswer =
  | {readonly kind: 'listening'; readonly url: string}
  | {readonly kind: 'filled'; readonly ids: readonly string[]}
  | {readonly kind: 'calls'; readonly calls: readonly string[]; readonly left: number};
