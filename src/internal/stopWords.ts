/** English words that carry no subject: pronouns, articles, prepositions, auxiliaries, question words. */
export const stopWords: ReadonlySet<string> = new Set(
  `a about above after again against all also although am among an and any are as at be became because been before being below
   between both but by can cannot could did do does doing done down during each either else ever every few for from further get
   gets getting give given gives got had has have having he hence her here hers herself him himself his how however i if in
   into is it its itself just let like may me might more most much must my myself neither no nor not of off often on once only
   onto or other others our ours ourselves out over own per please quite rather really same several shall she should since so
   some such than that the their theirs them themselves then there therefore these they this those though through thus to too
   toward towards under until up upon us use used uses using very via was we well were what whatever when where whereas whether
   which while who whom whose why will with within without would yet you your yours yourself yourselves`
    .split(/\s+/),
)
