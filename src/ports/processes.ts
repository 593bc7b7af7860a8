/** Who holds leases: the identity of this process, and whether another one of this machine is known to be dead. */
export interface Processes {
  /** `<host>:<pid>:<start>:<nonce>`, unique for the life of this process. */
  readonly selfOwner: string;
  /** True only when it is certain: same machine and no such process. Lets an interrupted `up` be picked up at once. */
  isKnownDead(owner: string): boolean;
}
