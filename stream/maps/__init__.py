"""Maps of users in two and three dimensions, on which a user stays in place.

* `methods`: t-SNE, UMAP, and PCA for a few users
* `selection`: users as landmarks, stratified by segment
* `neighbours`: nearest rows, exactly
* `landmarks`: everybody's place, from the nearest landmarks
* `landmark_file`: landmarks as a file
* `fit`: landmarks from users
"""
