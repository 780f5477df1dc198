const setOf = (words: string) => new Set(words.split(/\s+/))

/** What follows is a name: never the end of a sentence. Lower case, without the last point. */
export const titles = setOf(`mr mrs ms mx messrs dr drs prof rev fr gen adm col maj capt cmdr lt sgt cpl pvt hon gov sen rep pres supt insp st ste mt
  sr sra srta dott ing dipl mme mlle hr fra`)

/** What follows is a number. */
export const beforeNumbers = setOf(`no nos nr nrs num fig figs abb tab eq eqs eqn eqns sec secs sect ch chap vol vols pt pts par para art p pp pg s bd op
  ex ref refs app ver v vv vs zl z núm n`)

/** They end a sentence only when what follows begins one beyond doubt. */
export const abbreviations = setOf(`e.g eg i.e ie etc cf viz al ca approx vs v esp incl excl resp ed eds trans repr rev jr sr inc ltd co corp cos bros dept univ
  assn assoc est govt ave blvd rd hwy ft mi lb lbs oz hrs hr min mins secs jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thur thurs
  fri sat sun a.m p.m am pm b.c a.d ph.d m.d b.a m.a b.sc m.sc d.c u.s u.k u.n e.u n.b p.s misc max avg temp tel ext dist
  fig figs eq eqs sec sect ch chap vol vols abb pp z.b d.h u.a o.ä usw bzw ggf evtl inkl zzgl vgl bspw sog ca str geb gest p.ex c.-à-d av env ej p.ej vid
  ud uds dña tlf pág págs art núm`)

/** Words of which one with a capital begins a sentence, also behind an abbreviation or an initial. */
export const sentenceStarters = setOf(`a after all also although an and another are as at because before both but by can did do does during each even every finally
  first for from furthermore had has have he hence her here his how however i if in instead is it its later many meanwhile moreover most my
  nevertheless no not now of on once one only or other our please see several she since so some such that the their then there therefore these they
  this those though through thus to today two under until was we were what when where whether which while who why with would yes yet you your
  der die das ein eine er sie es wir ich und aber in im am bei auch le la les un une il elle ils elles nous on et mais el los las una pero y en`)

/** In German a day of the month is a number with a point, and the month has a capital. */
export const germanMonths = setOf('januar jänner februar märz april mai juni juli august september oktober november dezember')
