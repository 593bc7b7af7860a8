/**
 * The vocabulary that the fake model speaks. Each word is one token, with and without a leading space.
 * Only lower-case ASCII letters, at least four of them: shorter words are single letter pieces anyway.
 */
export const WORDS: readonly string[] = `
about above action after again answer around arrive because before begin behind better between beyond both bridge
bright bring build cable calm carry catch cause chain change choice circle city clear close cloud coast cold colour
common compare compute copper cost count course cover cross current data deep demand detail direct distance draw drive
early earth echo edge effort electric empty energy engine enough equal even every exact example fast field figure final
find first flight flow follow force forest forward four free fresh from full further future garden gather gentle give
glass golden good grain grand graph great green grid ground group grow guide half hand harbour harvest have heat heavy
height high hold home hour house human idea image into island join journey keep kind know large last late layer lead
learn leave length letter level light line list little live local long loop machine make many mark market matrix matter
measure memory merge metal middle might model moment moon morning most mountain move music must name near need network
never next night north note number observe ocean often only open order other over page paper part pass path pattern
people place plain plan plant point power press price process quick quiet rain range rate reach read ready real reason
record region remain rest result return rhythm right river road rock room root round route rule same sample scale
school science season second seed send sense sentence serve seven shape share shelter ship shore short show side signal
silver simple since slow small snow soft solid some song sound source south space speed spring square stable stand star
start state steady stone story stream street strong such summer sure surface system table take tensor test than that
their them then there these they thing think this those three through tide time today together toward trace track trade
train travel tree true turn under until upon valley value vector very view village voice wait walk wall warm watch water
wave weather well were west what wheel when where which while white whole wide will wind window winter wire with within
without wonder wood word work world write year yellow young
`
  .trim()
  .split(/\s+/);

/** Short joining words, so that sentences read like sentences. */
export const JOINTS: readonly string[] = ['and', 'the', 'of', 'to', 'in', 'a', 'on', 'for', 'by', 'as', 'or', 'so'];

/** Words whose characters take several bytes, so that clients meet characters split over two tokens. */
export const MULTIBYTE_WORDS: readonly string[] = ['café', 'naïve', 'Zürich', '東京', '→', '🙂'];
