import type { Language } from '../types/ports.ts'

/**
 * Words that carry no subject: pronouns, articles, prepositions, auxiliaries, question words; written without accents, as
 * they are when they are looked for.
 */
export const stopWords: Readonly<Record<Language, ReadonlySet<string>>> = {
  english: listOf(
    `a about above after again against all also although am among an and any are as at be became because been before being below
    between both but by can cannot could did do does doing done down during each either else ever every few for from further get
    gets getting give given gives got had has have having he hence her here hers herself him himself his how however i if in
    into is it its itself just let like may me might more most much must my myself neither no nor not of off often on once only
    onto or other others our ours ourselves out over own per please quite rather really same several shall she should since so
    some such than that the their theirs them themselves then there therefore these they this those though through thus to too
    toward towards under until up upon us use used uses using very via was we well were what whatever when where whereas whether
    which while who whom whose why will with within without would yet you your yours yourself yourselves`,
  ),
  german: listOf(
    `aber alle allem allen aller alles als also am an andere anderem anderen anderer anderes auch auf aus bei beim bin bis bist da
     dabei damit dann das dass dazu dein deine deinem deinen deiner dem den denen denn der deren des dessen deshalb die dies diese
     diesem diesen dieser dieses doch dort du durch ein eine einem einen einer eines er es etwa etwas euch euer eure fur gegen
     gibt hab habe haben hat hatte hatten hier hin ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im in indem ins ist ja jede jedem
     jeden jeder jedes jene jenem jenen jener kann kein keine keinem keinen keiner konnen konnte machen man manche mehr mein
     meine meinem meinen meiner mich mir mit muss mussen nach nicht noch nun nur ob oder ohne sehr sein seine seinem seinen
     seiner seit sich sie sind so solche soll sollen sollte sondern sonst soviel uber um und uns unser unsere unter vom von vor
     wann war waren warum was weil welche welchem welchen welcher welches wenn wer werde werden weshalb wie wieder wieso will
     wir wird wo wurde wurden zu zum zur zwar zwischen`,
  ),
  french: listOf(
    `a afin ai ainsi alors apres au aucun aucune aussi autre autres aux avait avant avec avez avoir avons ayant beaucoup bien car
     ce ceci cela celle celles celui cependant ces cet cette ceux chaque chez ci comme comment contre dans de depuis des dont
     donc du elle elles en encore entre est et etaient etait etant ete etre eu eux fait faire font furent fut ici il ils je la
     laquelle le lequel les lesquels leur leurs lors lorsque lui ma mais me meme memes mes moi moins mon ne ni non nos notre
     nous on ont or ou par parce pas pendant peu peut peuvent plus pour pourquoi puis puisque quand que quel quelle quelles quels
     qui quoi sa sans se selon sera ses si soi soit son sont sous sur ta te tel telle tes toi ton tous tout toute toutes tres tu
     un une vers via vos votre vous y`,
  ),
  spanish: listOf(
    `a ademas al algo algun alguna algunas alguno algunos ante antes aquel aquella aquellas aquellos aqui asi aun aunque bajo bien
     cada casi como con contra cual cuales cuando cuanto cuantos de debe deben del desde donde dos durante e el ella ellas ellos
     en entonces entre era eran es esa esas ese eso esos esta estaba estaban estan estar estas este esto estos fue fueron ha
     haber habia han hace hacer hacia hasta hay he la las le les lo los mas me mi mientras mis mismo muy nada ni no nos
     nosotros nuestra nuestras nuestro nuestros o os otra otras otro otros para pero poco por porque pueda puede pueden pues que
     quien quienes se sea sean segun ser si sido siempre sin sino sobre sois solo son soy su sus tal tambien tan tanto te tener
     ti tiene tienen toda todas todo todos tras tu tus u un una unas uno unos usted ustedes y ya yo`,
  ),
  none: new Set(),
}

function listOf(words: string): ReadonlySet<string> {
  return new Set(words.split(/\s+/))
}
