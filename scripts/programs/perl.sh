#!/bin/sh
# perl: hashes of arrays, strings built by appending, splitting and joining, a sort.
set -eu

prepare() {
    need perl perl
    words 110000 6 >"$dir/words"
    cat >"$dir/work.pl" <<'PERL'
use strict;
use warnings;

my (%count, %by_start, $text);
while (my $word = <>) {
    chomp $word;
    $count{$word}++;
    push @{$by_start{substr $word, 0, 2}}, [$word, $., { length => length $word }];
    $text .= "$word " x ($. % 3);
}
my @common = sort { $count{$b} <=> $count{$a} || $a cmp $b } keys %count;
print "$_ $count{$_}\n" for @common[0 .. 9];
my @parts = map { scalar reverse } split / /, $text;
print scalar(@parts), " ", length(join "+", sort @parts), "\n";
my $letters = 0;
for my $start (sort keys %by_start) {
    $letters += $_->[2]{length} for @{$by_start{$start}};
}
print "$letters\n";
PERL
}

command_line() {
    echo "env PERL_HASH_SEED=0 perl $dir/work.pl $dir/words"
}

. "$(dirname -- "$0")/common"
