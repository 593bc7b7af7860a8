import type {ErrorCode} from '../errors.ts';
import type {DiskChoice} from '../model/disk.ts';
import type {ImageChoice, ImageRefusal} from '../model/image.ts';
import type {ModelSpec} from '../model/model.ts';
import type {ReadyDeadline} from '../model/ready-deadline.ts';
import type {SizingOptions, SizingRefusalCode, SizingResult} from '../model/sizing.ts';
import type {EurNanos} from '../money.ts';
import type {InstanceType, Stock} from './instance-type.ts';

export type OneOrMore = string | readonly string[];

export type PlanRequest = SizingOptions & {
  model: ModelSpec;
  provider: string;
  /** Several: in order of preference. */
  zone?: OneOrMore;
  /** Names of types; case does not matter. Several: in order of preference. */
  type?: OneOrMore;
  diskGb?: number;
  /** A public IPv4 address is part of the bill unless the machine is reached some other way. */
  withPublicIp?: boolean;
  priceMaxPerHourNanos?: EurNanos;
  image?: string;
  vllmVersion?: string;
};

export type PlanPrice = {
  computePerHourNanos: EurNanos;
  diskPerHourNanos: EurNanos;
  ipPerHourNanos: EurNanos;
  totalPerHourNanos: EurNanos;
  totalPerMonthNanos: EurNanos;
};

/** A machine that can be ordered now, with everything a person should see before paying. */
export type PlanChoice = {
  type: InstanceType;
  zone: string;
  stock: Stock;
  disk: DiskChoice;
  sizing: SizingResult & {fits: true};
  image: ImageChoice;
  price: PlanPrice;
  deadline: ReadyDeadline;
};

export type Plan = {
  ok: true;
  chosen: PlanChoice;
  /** Fitting and in stock too, dearer or in a second-choice zone; best first. */
  alternatives: PlanChoice[];
  refused: RefusedCandidate[];
};

/** Why one type in one zone was not chosen. */
export type RefusalCode =
  | SizingRefusalCode
  | ImageRefusal['code']
  | 'END_OF_SERVICE'
  | 'DISABLED'
  | 'NOT_ASKED'
  | 'NOT_SOLD_IN_ZONE'
  | 'NO_STOCK'
  | 'DISK_TOO_SMALL'
  | 'DISK_TOO_BIG'
  | 'OVER_BUDGET';

export type RefusedCandidate = {
  typeName: string;
  /** Absent when the type is refused wherever it is sold. */
  zone?: string;
  code: RefusalCode;
  text: string;
  hint?: string;
};

export type PlanRefusalCode =
  | 'MODEL_INACTIVE'
  | 'PROVIDER_UNKNOWN'
  | 'TYPE_UNKNOWN'
  | 'ZONE_UNKNOWN'
  | 'NOTHING_FITS'
  | 'NO_STOCK'
  | 'OVER_BUDGET';

/** Nothing can be ordered as asked. */
export type PlanRefusal = {
  ok: false;
  code: PlanRefusalCode;
  /** Where it stands in the error catalogue. */
  errorCode: ErrorCode;
  text: string;
  hint: string;
  /** The candidate that came nearest to being chosen. */
  closest?: RefusedCandidate;
  refused: RefusedCandidate[];
};
