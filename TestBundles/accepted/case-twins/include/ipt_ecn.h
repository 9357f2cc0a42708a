include/ipt_ecn.h
